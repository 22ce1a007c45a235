// Measures the figures of docs/performance.md, ours and those of similar programs in the same rounds. Takes an hour.
//   npm run bench                      measures everything
//   npm run bench -- server start      measures only these sections; the others keep their figures
//   npm run bench -- --page            measures nothing, and writes the page of the figures that are there
// The figures are kept in bench/figures.json, each section with its day and the load before it. The part of the page that is written
// by hand stays. Sections: body, events, enrich, server, signing, start, growth, reporters.
// Amounts, by variable:
//   JUX_BENCH_ROUNDS         rounds of signing and verifying (5)
//   JUX_BENCH_TESTS          test cases of the report (100,000)
//   JUX_BENCH_FILES          test files of the runs inside the runners (200)
//   JUX_BENCH_RUNNER_ROUNDS  rounds of these runs (3)
//   JUX_BENCH_START_ROUNDS   rounds of ten starts (3)
//   JUX_BENCH_GROWTH         sizes of the growing report (1000,10000,100000,1000000)
//   JUX_BENCH_GROWTH_ROUNDS  rounds of each size (3)
//   JUX_BENCH_EVENT_FILES    files of 100 tests for the memory of a large run (1,000)
//   JUX_BENCH_REPORTS        reports for the server (1,000)
//   OLD_DIST                 folder of another build: the reporter's tables have it as "before"
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { section as bodySection } from './body.mjs'
import { enrichSection } from './enrich.mjs'
import { eventsSection } from './events.mjs'
import { growthSection, measureGrowth, writeOtherXml } from './growth.mjs'
import { measure, median } from './measure.mjs'
import { programOf } from './modules.mjs'
import { writePage } from './page.mjs'
import { measureReporters } from './runner.mjs'
import { reportersSection } from './runner-page.mjs'
import { measureStarts, startSection } from './start.mjs'

const amount = (name, standard) => Number(process.env[`JUX_BENCH_${name}`] ?? standard)
const ROUNDS = amount('ROUNDS', 5)
const TESTS = amount('TESTS', 100_000)
const START_ROUNDS = amount('START_ROUNDS', 3)
const GROWTH_ROUNDS = amount('GROWTH_ROUNDS', 3)
/** A tenth, for xml-crypto, which takes minutes to verify all test cases. */
const SMALL = Math.round(TESTS / 10)

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const jux = programOf()
/** The text after this line of the page is written by hand. */
const BY_HAND = '<!-- by hand from here on -->'
const PAGE = here('../docs/performance.md')
const FIGURES = here('figures.json')
const folder = mkdtempSync(join(tmpdir(), 'jux-bench-'))
const at = (name) => join(folder, name)
const node = (...args) => [process.execPath, ...args]
const task = (...args) => node('--expose-gc', here('task.mjs'), ...args.map(String))

try {
  await main()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function main() {
  // The short ones first: a mistake in one of them must not cost the long ones.
  const sections = {
    body: () => bodySection(ROUNDS),
    events: () => eventsSection(START_ROUNDS),
    enrich: () => enrichSection(ROUNDS),
    server: serverSection,
    signing: measureSigning,
    start: () => measureStarts(START_ROUNDS),
    growth: () => measureGrowth(GROWTH_ROUNDS),
    reporters: measureReporters,
  }
  const arguments_ = process.argv.slice(2)
  const isPageOnly = arguments_.includes('--page')
  const chosen = arguments_.length === 0 ? Object.keys(sections) : arguments_.filter((name) => name !== '--page')
  const unknown = chosen.find((name) => sections[name] === undefined)
  if (unknown !== undefined)
    throw new Error(`no section is called ${unknown}; there are ${Object.keys(sections).join(', ')}`)
  const figures = existsSync(FIGURES) ? JSON.parse(readFileSync(FIGURES, 'utf8')) : {}
  for (const name of isPageOnly ? [] : chosen) {
    const [load = 0] = loadavg()
    const value = await sections[name]()
    figures[name] = { date: new Date().toISOString().slice(0, 10), load, machine: machine(), value }
    writeFileSync(FIGURES, `${JSON.stringify(figures, undefined, 2)}\n`)
    console.error(`measured: ${name}`)
  }
  const missing = Object.keys(sections).find((name) => figures[name] === undefined)
  if (missing !== undefined) throw new Error(`not measured yet: ${missing}`)
  const [, byHand = ''] = readFileSync(PAGE, 'utf8').split(BY_HAND)
  const text = [
    writePage(figures),
    startSection(figures.start.value),
    growthSection(figures.growth.value),
    reportersSection(figures.reporters.value),
    ...[figures.events.value, figures.body.value.text, figures.enrich.value, figures.server.value],
  ]
  writeFileSync(PAGE, `${text.map((section) => section.trimEnd()).join('\n\n')}\n\n${BY_HAND}${byHand}`)
}

async function measureSigning() {
  await prepare()
  const tools = findTools()
  const programs = { ...ownPrograms(), ...peerPrograms(tools) }
  const samples = Object.fromEntries(Object.keys(programs).map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    // All programs in every round, so that a busy machine affects all of them in the same way.
    for (const [name, argv] of Object.entries(programs)) samples[name].push(await measure(argv))
    console.error(`round ${round + 1} of ${ROUNDS}`)
  }
  const results = Object.fromEntries(Object.entries(samples).map(([name, runs]) => [name, summary(runs)]))
  const sizeMb = statSync(at('report.xml')).size / 1e6
  return { results, tests: TESTS, small: SMALL, rounds: ROUNDS, sizeMb, tools }
}

// With a tenth of the reports of `npm run bench:server`.
function serverSection() {
  const env = { JUX_BENCH_REPORTS: '1000', JUX_BENCH_ROUNDS: '10', ...process.env }
  const table = execFileSync(process.execPath, [here('server.mjs')], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  return `## The server, \`npm run bench:server\`\n\n${table}`
}

function summary(runs) {
  const inside = runs.map(({ out }) => (out.startsWith('{') ? JSON.parse(out) : {}))
  return {
    wallMs: median(runs.map(({ wallMs }) => wallMs)),
    cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
    peakMb: median(runs.map(({ peakMb }) => peakMb)),
    insideCpuMs: median(inside.map(({ cpuMs }) => cpuMs)),
  }
}

// Key, reports of both sizes, a report as another program would write it, and templates for xmlsec1.
async function prepare() {
  const run = ([command, ...args]) =>
    execFileSync(command, args, { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 28 })
  run(node(jux, 'keygen', '--output', at('key.pem')))
  for (const [size, tests] of [
    ['', TESTS],
    ['-small', SMALL],
  ]) {
    run(task('render', tests, at(`report${size}.xml`)))
    run(task('sign', tests, at(`signed${size}.xml`), at('key.pem')))
  }
  await writeOtherXml(at('report.xml'), at('other.xml'))
  run(node(jux, 'sign', at('other.xml'), '--key', at('key.pem'), '-o', at('other-signed.xml')))
  const unsigned = readFileSync(at('report.xml'), 'utf8')
  const end = unsigned.lastIndexOf('</')
  writeFileSync(at('template.xml'), unsigned.slice(0, end) + template() + unsigned.slice(end))
}

function ownPrograms() {
  const verify = (file) => node(jux, 'verify', '--public-key', at('key.pub.pem'), at(file))
  return {
    sign: task('sign', TESTS, at('out.xml'), at('key.pem')),
    render: task('render', TESTS, at('out.xml')),
    'sign-other': node(jux, 'sign', at('other.xml'), '--key', at('key.pem'), '-o', at('out.xml')),
    floor: task('floor', at('report.xml'), at('out.xml'), at('key.pem')),
    verify: verify('signed.xml'),
    'verify-small': verify('signed-small.xml'),
    'verify-other': verify('other-signed.xml'),
    'xml-crypto-sign-small': task('xml-crypto-sign', at('report-small.xml'), at('out.xml'), at('key.pem')),
    'xml-crypto-verify-small': task('xml-crypto-verify', at('signed-small.xml'), at('key.pub.pem')),
  }
}

function peerPrograms(tools) {
  const xmlsecVerify = (file) => ['xmlsec1', '--verify', '--pubkey-pem', at('key.pub.pem'), at(file)]
  const xmlsec = {
    'xmlsec-sign': ['xmlsec1', '--sign', '--privkey-pem', at('key.pem'), '--output', at('out.xml'), at('template.xml')],
    'xmlsec-verify': xmlsecVerify('signed.xml'),
    'xmlsec-verify-small': xmlsecVerify('signed-small.xml'),
    'xmlsec-verify-other': xmlsecVerify('other-signed.xml'),
  }
  return { ...(tools.xmlsec1 ? xmlsec : {}), ...(tools.JDK ? jdkPrograms() : {}) }
}

function jdkPrograms() {
  execFileSync('javac', ['-d', folder, here('../test/interop/JdkPeer.java')])
  const der = (file, type) =>
    execFileSync('openssl', ['pkey', ...type, '-in', at(file), '-outform', 'DER']).toString('base64')
  const privateKey = der('key.pem', [])
  const publicKey = der('key.pub.pem', ['-pubin'])
  const rsa = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'
  const sha = 'http://www.w3.org/2001/04/xmlenc#sha256'
  const c14n = 'http://www.w3.org/2001/10/xml-exc-c14n#'
  const java = (name, job) => {
    writeFileSync(at(name), job.join('\t'))
    return ['java', '-cp', folder, 'JdkPeer', at(name)]
  }
  const signing = ['RSA', privateKey, publicKey, at('out.xml'), rsa, sha, c14n, 'ds', 'last', '-']
  return {
    'jdk-sign': java('sign.tsv', ['sign', at('report.xml'), ...signing]),
    'jdk-verify': java('verify.tsv', ['verify', at('signed.xml'), 'RSA', publicKey]),
    'jdk-verify-other': java('verify-other.tsv', ['verify', at('other-signed.xml'), 'RSA', publicKey]),
  }
}

function findTools() {
  const version = (command, ...args) => {
    try {
      return execFileSync(command, args, { stdio: ['ignore', 'pipe', 'ignore'] })
        .toString()
        .trim()
    } catch {
      console.error(`did not run: ${command} not found`)
      return undefined
    }
  }
  const found = {
    xmlsec1: version('xmlsec1', '--version')?.split(' ')[1],
    JDK: version('openssl', 'version') && version('javac', '-version')?.split(' ')[1],
    'xml-crypto': JSON.parse(readFileSync(here('../node_modules/xml-crypto/package.json'), 'utf8')).version,
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

function machine() {
  const [cpu] = cpus()
  return {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: totalmem() / 2 ** 30,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
  }
}

function template() {
  const c14n = 'http://www.w3.org/2001/10/xml-exc-c14n#'
  return (
    '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>' +
    `<ds:CanonicalizationMethod Algorithm="${c14n}"/>` +
    '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="">' +
    '<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>' +
    `<ds:Transform Algorithm="${c14n}"/></ds:Transforms>` +
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference>' +
    '</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:KeyValue/></ds:KeyInfo></ds:Signature>'
  )
}
