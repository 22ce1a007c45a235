// The section of docs/performance.md about reporters inside the real runners.
const RUNNERS = { vitest: 'Vitest', jest: 'Jest' }

/** @param results of `measureReporters` */
export function reportersSection(results) {
  const { files, tests, rounds, responseMs } = results
  const rows = Object.keys(RUNNERS).flatMap((runner) => rowsOf(runner, results[runner]))
  const reporters = rows.filter(({ isEmpty }) => !isEmpty)
  return `## Reporters inside the runner

${files} files of ${tests} tests. One file in twenty has a test that fails, and every file has one that
prints. Our report is signed, and its mode is \`local\` unless the table says otherwise. In mode \`both\`,
a server on this machine responds after ${responseMs} ms. Medians of ${rounds} runs of each reporter, in
alternating order, after one run of each runner that is not measured.

A wrapper reporter calls the measured reporter. Every cell is processor time of the main thread, then
wall time, in milliseconds.

- **Loading, start and end** are measured until the returned promise settles, because the runner waits
  for that.
- **During the tests** is what the reporter does before it returns. Calls for a single test take
  microseconds, so the clock alone measures them. Work that the reporter does between its calls, such
  as the loading of modules, is in the whole run only.
- **Disk** is the part of the end's wall time in which the reporter waits for \`fsync\`.

| | loading | start | during the tests | end | disk | together |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
${reporters.map(({ name, inside }) => `| ${[name, ...insideCells(inside)].join(' | ')} |`).join('\n')}

### The whole run

From the start to the exit of the runner. "Processor" is the time of the process and its children. A
ratio is to the run with a reporter that has no methods: the ratio of the medians, then the median of
the ratios of each round. "Added" is the processor time of the runner's own process, with all of its
threads and without its workers, in addition to that with a reporter without methods: in Vitest it is much
less noisy than the time of the whole run. On a machine with two cores or fewer, Jest runs the tests in its
own process, so its main thread runs the tests, too.

| | processor | wall | ratio, processor | ratio, wall | ratio, main thread | added | to the whole |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.map(({ name, isEmpty, ...run }) => `| ${[name, ...wholeCells(run, isEmpty)].join(' | ')} |`).join('\n')}
`
}

/** Processor time of the main thread, and wall time, of a reporter in all phases. */
export function together({ load, start, during, end }) {
  const sum = (key) => [load, start, during, end].reduce((total, phase) => total + phase[key], 0)
  return { cpuMs: sum('cpuMs'), wallMs: sum('wallMs') }
}

function rowsOf(runner, { ours, both, witness, old, peer, none }) {
  const name = RUNNERS[runner]
  const peerName = runner === 'jest' ? 'jest-junit' : "Vitest's junit reporter"
  return [
    { name: `jux-reporter in ${name}`, ...ours },
    { name: `jux-reporter in ${name}, mode both`, ...both },
    { name: `jux-reporter in ${name}, under jux run`, ...witness },
    { name: `jux-reporter before, in ${name}`, ...old },
    { name: peerName, ...peer },
    { name: `no reporter in ${name}`, ...none, isEmpty: true },
  ].filter(({ inside }) => inside !== undefined)
}

function insideCells(inside) {
  const ms = (value) => value.toFixed(value < 10 ? 1 : 0)
  const cell = ({ cpuMs, wallMs }) => `${ms(cpuMs)} / ${ms(wallMs)}`
  const { load, start, during, end, diskMs } = inside
  return [...[load, start, during, end].map(cell), ms(diskMs), cell(together(inside))]
}

function wholeCells({ wholeMs: { cpu, wall }, ratios, addedMs }, isEmpty = false) {
  const seconds = (ms) => `${(ms / 1_000).toFixed(1)} s`
  const ratio = ({ ofMedians, ofPairs }) => `${ofMedians.toFixed(3)} / ${ofPairs.toFixed(3)}`
  const compared = [ratios.cpu, ratios.wall, ratios.mainThread].map((one) => (isEmpty ? '' : ratio(one)))
  const added = isEmpty ? ['', ''] : [`${addedMs.toFixed(0)} ms`, `${((addedMs / cpu) * 100).toFixed(1)} %`]
  return [seconds(cpu), seconds(wall), ...compared, ...added]
}
