// Does one measured task in a separate process; prints one JSON object with milliseconds and megabytes.
//   node bench/task.mjs sign TESTS OUTPUT KEY     renders and signs into a file
//   node bench/task.mjs render TESTS OUTPUT       only renders
//   node bench/task.mjs floor INPUT OUTPUT KEY    reads, hashes, makes one signature, writes: the least a signer can do
//   node bench/task.mjs verify INPUT PUBLIC_KEY
//   node bench/task.mjs xml-crypto-sign INPUT OUTPUT KEY
//   node bench/task.mjs xml-crypto-verify INPUT PUBLIC_KEY
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'

const [name, ...args] = process.argv.slice(2)
const tasks = {
  sign: signTask,
  render: renderTask,
  floor,
  verify,
  'xml-crypto-sign': xmlCryptoSign,
  'xml-crypto-verify': xmlCryptoVerify,
}
console.log(JSON.stringify(await tasks[name](...args)))

async function signTask(tests, output, keyPath) {
  const { loadSigner } = await import('../build/sign/keys.js')
  const { realSystem } = await import('../build/system.js')
  return report(tests, output, await loadSigner({ keyPath }, realSystem()))
}

function renderTask(tests, output) {
  return report(tests, output, undefined)
}

async function report(tests, output, signer) {
  const { createRun } = await import('./content.mjs')
  const { renderJunit } = await import('../build/render/junit.js')
  const { signatureElement } = await import('../build/sign/sign.js')
  const making = performance.now()
  const run = createRun(Number(tests))
  globalThis.gc?.()
  const makingMs = performance.now() - making
  const before = rssMb()
  const cpu = process.cpuUsage()
  const started = performance.now()
  const file = openSync(output, 'w')
  const rendered = renderJunit(run, { write: (bytes) => writeSync(file, bytes) })
  const renderedAt = performance.now()
  writeSync(file, signer === undefined ? rendered.endTag : signatureElement(rendered.digests, signer) + rendered.endTag)
  closeSync(file)
  const ended = performance.now()
  return {
    ms: ended - started,
    cpuMs: cpuSince(cpu),
    signMs: ended - renderedAt,
    makingMs,
    aboveRunMb: peakMb() - before,
    sizeBytes: rendered.sizeBytes,
  }
}

function floor(input, output, keyPath) {
  const cpu = process.cpuUsage()
  const started = performance.now()
  const bytes = readFileSync(input)
  const digest = createHash('sha256').update(bytes).digest()
  const value = sign('sha256', digest, createPrivateKey(readFileSync(keyPath)))
  writeFileSync(output, bytes)
  return { ms: performance.now() - started, cpuMs: cpuSince(cpu), bytes: value.length }
}

async function verify(input, publicKeyPath) {
  const { verifyReport } = await import('../build/sign/verify.js')
  const publicKey = createPublicKey(readFileSync(publicKeyPath))
  const bytes = readFileSync(input)
  const before = rssMb()
  const cpu = process.cpuUsage()
  const started = performance.now()
  verifyReport(bytes, { publicKeys: [publicKey] })
  return { ms: performance.now() - started, cpuMs: cpuSince(cpu), aboveRunMb: peakMb() - before }
}

async function xmlCryptoSign(input, output, keyPath) {
  const { SignedXml } = await import('xml-crypto')
  const started = performance.now()
  const signed = new SignedXml({
    privateKey: readFileSync(keyPath),
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  })
  signed.addReference({
    xpath: '/*',
    isEmptyUri: true,
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', 'http://www.w3.org/2001/10/xml-exc-c14n#'],
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
  })
  signed.computeSignature(readFileSync(input, 'utf8'), { prefix: 'ds' })
  writeFileSync(output, signed.getSignedXml())
  return { ms: performance.now() - started }
}

async function xmlCryptoVerify(input, publicKeyPath) {
  const { SignedXml } = await import('xml-crypto')
  const started = performance.now()
  const xml = readFileSync(input, 'utf8')
  const signed = new SignedXml({ publicCert: readFileSync(publicKeyPath) })
  signed.loadSignature(xml.slice(xml.lastIndexOf('<ds:Signature '), xml.lastIndexOf('</ds:Signature>') + 15))
  if (!signed.checkSignature(xml)) throw new Error('refused')
  return { ms: performance.now() - started }
}

function cpuSince(before) {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

function rssMb() {
  return process.memoryUsage.rss() / 1024 / 1024
}

function peakMb() {
  return process.resourceUsage().maxRSS / 1024
}
