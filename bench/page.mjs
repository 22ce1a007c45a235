// The tables of docs/performance.md about signing and verifying, and the table of goals.
import { growthFactor } from './growth.mjs'
import { together } from './runner-page.mjs'

/**
 * @param figures by section: `date`, `load`, `machine` and `value`
 * @returns {string} the beginning of the page, Markdown
 */
export function writePage(figures) {
  const { results: r, tests, small, rounds, sizeMb, tools } = figures.signing.value
  const { machine } = figures.signing
  const count = (number) => number.toLocaleString('en')
  const versions = Object.entries(tools).map(([name, version]) => `${name} ${version}`)
  const days = Object.entries(figures).map(([name, { date, load }]) => `${name} ${date} (${load.toFixed(1)})`)
  return `# Performance

\`npm run bench\` writes this page. Every figure is the median of ${rounds} runs, unless it says
otherwise. In each round every program runs once, so that a busy machine slows all of them in the
same way. Compare the ratios, not the times.

- **Machine**: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb.toFixed(0)} GB, ${machine.platform}, Node ${machine.node};
  ${versions.join(', ')}.
- **Measured**, with the load of the machine before: ${days.join(', ')}.
- **Processor** is the processor time of a program with its children. **Main thread** is that of the
  thread that runs JavaScript, without the threads of the engine that compile and collect garbage.
  **Wall** is the time by the clock.
- **Report:** ${count(tests)} test cases in files of 100, ${sizeMb.toFixed(0)} MB. Titles are of the kinds that real
  projects have: plain words, titles from templates, a few percent with quotes, and a few percent with
  letters beyond ASCII. Two test cases in a hundred failed, with a stack, and five have output.
- **Signature:** RSA 3072, SHA-256, exclusive canonicalization.
- **Other XML:** the same report with single quotes, empty-element tags and CRLF. It must be
  canonicalized before it can be signed or verified.
- **In process** is the main thread of a new process, without the start of Node and without the objects
  that a test runner passes to its reporter. It includes the compilation of the code, because the code
  runs for the first time. Garbage of the runner's objects is collected before.

## Goals

The peer is Vitest's junit reporter, or jest-junit. The floor is a program that only reads the report,
computes SHA-256, makes one signature and writes the file.

| figure | goal | measured | |
| --- | --- | --- | --- |
${goals(figures)
  .map(
    ({ figure, goal, text, isMet }) =>
      `| ${figure} | ${goal} | ${text} | ${isMet === undefined ? '' : isMet ? 'met' : '**missed**'} |`,
  )
  .join('\n')}

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

"jux: render and sign" includes the creation of the runner's objects; "in process" does not.

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
`
}

function goals({ signing, reporters, start, growth: grown, body }) {
  const [{ results: r }, { vitest, jest }] = [signing.value, reporters.value]
  const [starts, growth] = [start.value, grown.value]
  return [
    ...reporterGoals('Vitest', vitest),
    ...reporterGoals('Jest', jest),
    atMost("Vitest: all of it / Vitest's junit, main thread", 0.1, totals(vitest.ours) / totals(vitest.peer)),
    atMost('Jest: all of it / jest-junit, main thread', 1, totals(jest.ours) / totals(jest.peer)),
    atMostMs('Vitest, under jux run: all of it, main thread', 60, totals(vitest.witness)),
    atMostMs('Jest, under jux run: all of it, main thread', 60, totals(jest.witness)),
    wholeRunGoal('Vitest', vitest.ours),
    wholeRunGoal('Jest', jest.ours),
    atMost(
      'jux sign, other XML / xmlsec1 signs the same content, processor',
      0.7,
      cpuRatio(r['sign-other'], r['xmlsec-sign']),
    ),
    atMost('jux verify, own report / xmlsec1, processor', 0.38, cpuRatio(r.verify, r['xmlsec-verify'])),
    atMost('jux verify, other XML / xmlsec1, processor', 1, cpuRatio(r['verify-other'], r['xmlsec-verify-other'])),
    atMostMs('jux verify, a small report, above the start of Node, processor', 45, aboveNode(starts)),
    atMostMs('loading of jux-reporter/vitest, main thread', 30, starts["import('jux-reporter/vitest')"].cpuMs),
    atMostMs('loading of jux-reporter/jest, main thread', 30, starts["import('jux-reporter/jest')"].cpuMs),
    atMost('render + sign / floor, in process', 6.5, r.sign.insideCpuMs / r.floor.insideCpuMs),
    atMost('render + sign: ten times as many tests', 11, growthFactor(growth, 'sign')),
    atMost('verify: ten times as many tests', 11, growthFactor(growth, 'verify')),
    atMost('sign other XML: ten times as many tests', 11, growthFactor(growth, 'signXml')),
    ...(body.value.goals ?? []),
  ]
}

function reporterGoals(runner, { ours: { inside } }) {
  return [
    atMostMs(`${runner}: load + start, main thread`, 60, inside.load.cpuMs + inside.start.cpuMs),
    atMostMs(`${runner}: during the tests, main thread`, 75, inside.during.cpuMs),
    atMostMs(`${runner}: after the last test, main thread`, 20, inside.end.cpuMs),
  ]
}

// Each of the three has noise of its own; a goal is met if all three say so.
function wholeRunGoal(runner, { ratios: { cpu }, addedMs, wholeMs }) {
  const { ofMedians, ofPairs } = cpu
  const percent = (ratio) => `${((ratio - 1) * 100).toFixed(1)} %`
  const added = 1 + addedMs / wholeMs.cpu
  return {
    figure: `${runner}: processor time of the whole run above a reporter without methods`,
    goal: '<= 1 %',
    text: `${percent(ofMedians)} (medians), ${percent(ofPairs)} (pairs), ${percent(added)} (runner's process)`,
    isMet: Math.max(ofMedians, ofPairs, added) <= 1.01,
  }
}

function atMost(figure, limit, value) {
  if (value === undefined || Number.isNaN(value)) return { figure, goal: `<= ${limit}`, text: 'not measured' }
  return { figure, goal: `<= ${limit}`, text: value.toFixed(2), isMet: value <= limit }
}

function atMostMs(figure, limit, value) {
  return { figure, goal: `<= ${limit} ms`, text: milliseconds(value), isMet: value <= limit }
}

function totals(result) {
  return result === undefined ? Number.NaN : together(result.inside).cpuMs
}

function aboveNode(starts) {
  return starts['jux verify: a report of 100 tests'].cpuMs - starts['node -e 0'].cpuMs
}

function cpuRatio(ours, theirs) {
  return theirs === undefined ? undefined : ours.cpuMs / theirs.cpuMs
}

function table(rows) {
  const head = '| | processor | wall | peak memory | in process |\n| --- | ---: | ---: | ---: | ---: |'
  const lines = rows
    .filter(([, result]) => result !== undefined)
    .map(
      ([name, { wallMs, cpuMs, peakMb, insideCpuMs }]) =>
        `| ${name} | ${milliseconds(cpuMs)} | ${milliseconds(wallMs)} | ${megabytes(peakMb)} | ${milliseconds(insideCpuMs)} |`,
    )
  return [head, ...lines].join('\n')
}

function milliseconds(value) {
  return value === undefined ? '' : value < 1_000 ? `${value.toFixed(0)} ms` : `${(value / 1_000).toFixed(2)} s`
}

function megabytes(value) {
  return value === undefined ? '' : `${value.toFixed(0)} MB`
}
