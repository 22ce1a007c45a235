// Does one measured task in a separate process; prints one JSON object with milliseconds and megabytes.
//   node bench/task.mjs sign TESTS OUTPUT KEY       renders and signs into a file
//   node bench/task.mjs render TESTS OUTPUT         only renders
//   node bench/task.mjs floor INPUT OUTPUT KEY      reads, hashes, makes one signature, writes: the least a signer can do
//   node bench/task.mjs sign-xml INPUT OUTPUT KEY   signs XML of another program
//   node bench/task.mjs verify INPUT PUBLIC_KEY
//   node bench/task.mjs xml-crypto-sign INPUT OUTPUT KEY
//   node bench/task.mjs xml-crypto-verify INPUT PUBLIC_KEY
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { loadLibrary, loadPart } from './modules.mjs'
import { threadCpuMs } from './thread-cpu.mjs'

const GC_TURNS = 3
const GC_TURN_MS = 100

const [name, ...args] = process.argv.slice(2)
const tasks = {
  sign: signTask,
  render: renderTask,
  floor,
  'sign-xml': signXml,
  verify,
  'xml-crypto-sign': xmlCryptoSign,
  'xml-crypto-verify': xmlCryptoVerify,
}
console.log(JSON.stringify(await tasks[name](...args)))

async function signTask(tests, output, keyPath) {
  // From the same modules as the signature, which `loadSigner` prepares.
  const { loadSigner } = await loadPart('keys')
  const { realSystem } = await loadLibrary()
  return report(tests, output, await loadSigner({ keyPath }, realSystem()))
}

function renderTask(tests, output) {
  return report(tests, output, undefined)
}

async function report(tests, output, signer) {
  const { createRun } = await import('./content.mjs')
  const { renderJunit } = await loadPart('render')
  const { signatureElement } = await loadPart('signature')
  const making = performance.now()
  const run = createRun(Number(tests))
  const makingMs = performance.now() - making
  await collectGarbage()
  const stop = startMeasuring()
  const file = openSync(output, 'w')
  const rendered = renderJunit(run, { write: (bytes) => writeSync(file, bytes) })
  const renderedMs = threadCpuMs()
  writeSync(file, signer === undefined ? rendered.endTag : signatureElement(rendered.digests, signer) + rendered.endTag)
  closeSync(file)
  return { signMs: threadCpuMs() - renderedMs, ...stop(), makingMs, sizeBytes: rendered.sizeBytes }
}

function floor(input, output, keyPath) {
  const stop = startMeasuring()
  const bytes = readFileSync(input)
  const digest = createHash('sha256').update(bytes).digest()
  const value = sign('sha256', digest, createPrivateKey(readFileSync(keyPath)))
  writeFileSync(output, bytes)
  return { ...stop(), bytes: value.length }
}

async function signXml(input, output, keyPath) {
  const { loadSigner, realSystem, signReport } = await loadLibrary()
  const signer = await loadSigner({ keyPath }, realSystem())
  const bytes = readFileSync(input)
  const stop = startMeasuring()
  const signed = signReport(bytes, signer)
  const measured = stop()
  writeFileSync(output, signed)
  return measured
}

async function verify(input, publicKeyPath) {
  const { verifyReport } = await loadLibrary()
  const publicKey = createPublicKey(readFileSync(publicKeyPath))
  const bytes = readFileSync(input)
  const stop = startMeasuring()
  verifyReport(bytes, { publicKeys: [publicKey] })
  return stop()
}

async function xmlCryptoSign(input, output, keyPath) {
  const { SignedXml } = await import('xml-crypto')
  const stop = startMeasuring()
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
  return stop()
}

async function xmlCryptoVerify(input, publicKeyPath) {
  const { SignedXml } = await import('xml-crypto')
  const stop = startMeasuring()
  const xml = readFileSync(input, 'utf8')
  const signed = new SignedXml({ publicCert: readFileSync(publicKeyPath) })
  signed.loadSignature(xml.slice(xml.lastIndexOf('<ds:Signature '), xml.lastIndexOf('</ds:Signature>') + 15))
  if (!signed.checkSignature(xml)) throw new Error('refused')
  return stop()
}

// Otherwise the garbage of what was made before is collected while the report is rendered. The engine returns the memory
// to the system a little later.
async function collectGarbage() {
  for (let turn = 0; turn < GC_TURNS; turn++) {
    globalThis.gc?.()
    await delay(GC_TURN_MS)
  }
}

// Time by the clock and of this thread, and the peak of the memory in addition to what the process has now.
function startMeasuring() {
  const memoryMb = startPeak()
  const [cpuMs, started] = [threadCpuMs(), performance.now()]
  return () => ({
    ms: performance.now() - started,
    cpuMs: threadCpuMs() - cpuMs,
    aboveMb: Math.max(0, peakMb() - memoryMb),
  })
}

function startPeak() {
  try {
    // Linux: the peak starts again from the present size.
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // Another system: the peak includes what came before.
  }
  return process.memoryUsage.rss() / 2 ** 20
}

function peakMb() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1_024
  } catch {
    return process.resourceUsage().maxRSS / 1_024
  }
}
