// The tables of docs/performance.md.
import { reporterFigure } from './runner.mjs'

/** @returns {string} the whole page, Markdown */
export function writePage({ results: r, reporters, tests, small, rounds, sizeMb, tools, machine, date }) {
  const count = (number) => number.toLocaleString('en')
  const versions = Object.entries(tools).map(([name, version]) => `${name} ${version}`)
  return `# Performance

Written by \`npm run bench\`. Every figure is the median of ${rounds} runs, and the programs take turns in each round, so that a busy
machine slows them alike; ratios are what to look at. Measured on ${date}: ${machine.cpu}, ${machine.cores} cores,
${machine.memoryGb.toFixed(0)} GB, ${machine.platform}, Node ${machine.node}; ${versions.join(', ')}.

The report: ${count(tests)} test cases in files of 100, one in twenty failed, one in ten with output, ${sizeMb.toFixed(0)} MB. RSA 3072, SHA-256,
exclusive canonicalisation. "other XML" is the same report with single quotes, empty-element tags and CRLF, so that it has to be canonicalised.

## Signing

${table([
  ['jux: render and sign', r.sign],
  ['jux: render alone', r.render],
  ['jux sign: other XML, parsed and canonicalised', r['sign-other']],
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

xml-crypto is measured with ${count(small)} test cases: its time grows faster than the report, and ${count(tests)} take it a minute or more.

## Start

${table([
  ['jux verify: one small report', r['verify-tiny']],
  ['node -e 0', r['node-start']],
  ['xmlsec1: one small report', r['xmlsec-verify-tiny']],
])}

## Figures to reach

| figure | goal | measured |
| --- | --- | --- |
${goals(r, reporters)
  .map(([figure, goal, measured]) => `| ${figure} | ${goal} | ${measured} |`)
  .join('\n')}

"In process" is measured inside a new process, without the start of Node and without making the run's objects; the first use of the code, so
that its compilation is part of it. In "wall" the run's objects are made too (${milliseconds(r.sign.makingMs)}), which a reporter is handed by its runner. On a busy
machine the processor's ratios say more than the clock's.
`
}

function goals(r, reporters) {
  return [
    ['render + sign, wall, to xmlsec1 signing the same content', '<= 0.55', withoutMaking(r.sign, r['xmlsec-sign'])],
    ['render + sign, in process, to the floor', '<= 3.5', insideRatios(r.sign, r.floor)],
    ['signing, on top of rendering', '<= 10 %', percent(r.sign.signMs, r.sign.insideMs)],
    ['verify own report, wall, to xmlsec1', '<= 0.35', ratios(r.verify, r['xmlsec-verify'])],
    ['verify other XML, wall, to xmlsec1', '<= 1.2', ratios(r['verify-other'], r['xmlsec-verify-other'])],
    ['growth of render + sign from a tenth, in process', '<= 11', insideRatios(r.sign, r['sign-small'])],
    ['growth of verify from a tenth, in process', '<= 11', insideRatios(r['verify-inside'], r['verify-small-inside'])],
    ["render + sign, peak memory above the run's own objects", '<= 64 MB', megabytes(r.sign.aboveRunMb)],
    [
      "our reporter's time inside Vitest",
      '<= 80 ms and <= 0.5 % of the run',
      reporterFigure(reporters.vitest, reporters.vitestPeer),
    ],
    [
      "our reporter's time inside Jest",
      '<= 80 ms and <= 0.5 % of the run',
      reporterFigure(reporters.jest, reporters.jestPeer),
    ],
    [
      'start to exit of jux verify, less 1.5 starts of Node',
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
  return `${ratio(ours.wallMs - ours.makingMs, theirs.wallMs)} without making the run's objects; with it ${ratios(ours, theirs)}`
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
