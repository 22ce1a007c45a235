// The tables of docs/performance.md.
import { reporterFigure } from './runner.mjs'

/** @returns {string} the whole page, Markdown */
export function writePage({ results: r, reporters, tests, small, rounds, sizeMb, tools, machine, date }) {
  const count = (number) => number.toLocaleString('en')
  const versions = Object.entries(tools).map(([name, version]) => `${name} ${version}`)
  return `# Performance

\`npm run bench\` writes this page. Every figure is the median of ${rounds} runs. In each round every program
runs once, so that a busy machine slows all of them in the same way. Compare the ratios, not the
times.

- **Machine**, measured on ${date}: ${machine.cpu}, ${machine.cores} cores,
  ${machine.memoryGb.toFixed(0)} GB, ${machine.platform}, Node ${machine.node}; ${versions.join(', ')}.
- **Report:** ${count(tests)} test cases in files of 100, ${sizeMb.toFixed(0)} MB. One test case in twenty failed, and one
  in ten has output.
- **Signature:** RSA 3072, SHA-256, exclusive canonicalization.
- **Other XML:** the same report with single quotes, empty-element tags and CRLF. It must be
  canonicalized before it can be signed or verified.
- **Wall** is the time from the start to the exit of the program, and **processor** is its processor
  time.
- **In process** is measured inside a new process. It does not include the start of Node and the
  creation of the objects that a test runner passes to its reporter. It includes the compilation of
  the code, because the code runs for the first time. "Wall" includes the creation of these objects
  (${milliseconds(r.sign.makingMs)}).

On a busy machine, the ratios of the processor times are more reliable than those of the wall times.

## Signing

${table([
  ['jux: render and sign', r.sign],
  ['jux: render alone', r.render],
  ['jux sign: other XML, parsed and canonicalized', r['sign-other']],
  ['xmlsec1: sign the same content', r['xmlsec-sign']],
  ['JDK: sign the same content', r['jdk-sign']],
  [`xml-crypto: sign ${count(small)} test cases`, r['xml-crypto-sign-small']],
  ['floor: read, SHA-256, one signature, write', r.floor],
])}

## Verifying

${table([
  ['jux verify: own report', r.verify],
  ['xmlsec1', r['xmlsec-verify']],
  ['JDK', r['jdk-verify']],
  ['jux verify: other XML', r['verify-other']],
  ['xmlsec1: other XML', r['xmlsec-verify-other']],
  ['JDK: other XML', r['jdk-verify-other']],
  [`jux verify: ${count(small)} test cases`, r['verify-small']],
  [`xmlsec1: ${count(small)} test cases`, r['xmlsec-verify-small']],
  [`xml-crypto: ${count(small)} test cases`, r['xml-crypto-verify-small']],
])}

xml-crypto is measured with ${count(small)} test cases only. Its time grows faster than the report: ${count(tests)}
test cases take a minute or more.

## Start

${table([
  ['jux verify: one small report', r['verify-tiny']],
  ['node -e 0', r['node-start']],
  ['xmlsec1: one small report', r['xmlsec-verify-tiny']],
])}

## Goals

The floor is a program that only reads the report, computes SHA-256, makes one signature and writes
the file. The peer is Vitest's junit reporter, or jest-junit.

| figure | goal | measured |
| --- | --- | --- |
${goals(r, reporters)
  .map(([figure, goal, measured]) => `| ${figure} | ${goal} | ${measured} |`)
  .join('\n')}
`
}

function goals(r, reporters) {
  return [
    ['render + sign / xmlsec1 signs the same content, wall', '<= 0.55', withoutMaking(r.sign, r['xmlsec-sign'])],
    ['render + sign / floor, in process', '<= 3.5', insideRatios(r.sign, r.floor)],
    ['signing, in addition to rendering', '<= 10 %', percent(r.sign.signMs, r.sign.insideMs)],
    ['verify own report / xmlsec1, wall', '<= 0.35', ratios(r.verify, r['xmlsec-verify'])],
    ['verify other XML / xmlsec1, wall', '<= 1.2', ratios(r['verify-other'], r['xmlsec-verify-other'])],
    ['render + sign: all test cases / a tenth of them, in process', '<= 11', insideRatios(r.sign, r['sign-small'])],
    [
      'verify: all test cases / a tenth of them, in process',
      '<= 11',
      insideRatios(r['verify-inside'], r['verify-small-inside']),
    ],
    ["render + sign: peak memory in addition to the runner's objects", '<= 64 MB', megabytes(r.sign.aboveRunMb)],
    [
      'time of jux-reporter in Vitest',
      '<= 80 ms and <= 0.5 % of the run',
      reporterFigure(reporters.vitest, reporters.vitestPeer),
    ],
    [
      'time of jux-reporter in Jest',
      '<= 80 ms and <= 0.5 % of the run',
      reporterFigure(reporters.jest, reporters.jestPeer),
    ],
    [
      'jux verify from start to exit, minus 1.5 starts of Node',
      '<= 60 ms',
      milliseconds(r['verify-tiny'].wallMs - 1.5 * r['node-start'].wallMs),
    ],
  ]
}

function table(rows) {
  const head = '| | wall | processor | peak memory | in process |\n| --- | ---: | ---: | ---: | ---: |'
  const lines = rows
    .filter(([, result]) => result !== undefined)
    .map(
      ([name, { wallMs, cpuMs, peakMb, insideMs }]) =>
        `| ${name} | ${milliseconds(wallMs)} | ${milliseconds(cpuMs)} | ${megabytes(peakMb)} | ${milliseconds(insideMs)} |`,
    )
  return [head, ...lines].join('\n')
}

function ratios(ours, theirs) {
  if (theirs === undefined) return 'not measured'
  return `${ratio(ours.wallMs, theirs.wallMs)} (processor: ${ratio(ours.cpuMs, theirs.cpuMs)})`
}

function withoutMaking(ours, theirs) {
  if (theirs === undefined) return 'not measured'
  return `${ratio(ours.wallMs - ours.makingMs, theirs.wallMs)} without the creation of the runner's objects; with it ${ratios(ours, theirs)}`
}

function insideRatios(ours, theirs) {
  return `${ratio(ours.insideMs, theirs.insideMs)} (processor: ${ratio(ours.insideCpuMs, theirs.insideCpuMs)})`
}

function ratio(ours, theirs) {
  return ours === undefined || theirs === undefined ? 'not measured' : (ours / theirs).toFixed(2)
}

function percent(part, whole) {
  return `${((100 * part) / (whole - part)).toFixed(1)} %`
}

function milliseconds(value) {
  return value === undefined ? '' : value < 1_000 ? `${value.toFixed(0)} ms` : `${(value / 1_000).toFixed(2)} s`
}

function megabytes(value) {
  return value === undefined ? '' : `${value.toFixed(0)} MB`
}
