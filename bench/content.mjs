// A run of many tests, as a runner reports it. The titles are of the kinds that real projects have: most are plain words,
// some come from templates, a few have quotes, angles or letters beyond ASCII, and a few are long. Two tests in a hundred
// fail, with a stack, and five in a hundred have output. All of it follows from the numbers of the file and the test.
import { deserialize, serialize } from 'node:v8'

const TESTS_PER_FILE = 100

const SUBJECTS = [
  'parser',
  'router',
  'session',
  'cache',
  'invoice',
  'search index',
  'upload form',
  'job queue',
  'date picker',
]
const ACTIONS = [
  'returns',
  'rejects',
  'keeps',
  'renders',
  'updates',
  'closes',
  'merges',
  'emits',
  'restores',
  'ignores',
]
const OBJECTS = [
  'the first match',
  'an empty list',
  'unknown fields',
  'the default value',
  'nested entries',
  'every listener',
]
const WHENS = [
  'when the input is empty',
  'after a retry',
  'for a new user',
  'without a network',
  'on the second call',
  '',
]
const FOLDERS = ['core', 'server', 'ui/components', 'ui/hooks', 'shared/utils', 'adapters/http', 'adapters/storage']
const FOREIGN = ['überträgt die Größe', 'обрабатывает запрос', '空の一覧を返す', 'déplace l’élément 🎉']
const VALUES = ['0', '-1', '3.14', 'undefined', 'null', '[]', 'NaN', 'a@example.com', '2026-01-02']

/**
 * @param {number} tests a multiple of 100
 * @returns {import('jux-reporter').TestRun}
 */
export function createRun(tests) {
  const modules = []
  for (let file = 0; file * TESTS_PER_FILE < tests; file++) modules.push(received(createModule(file, TESTS_PER_FILE)))
  return {
    schemaVersion: 1,
    runId: '00000000-0000-4000-8000-000000000000',
    outcome: 'failed',
    runner: { name: 'vitest', version: '4.1.12' },
    rootDir: '/project',
    startedAt: '2026-01-02T03:04:05.678Z',
    finishedAt: '2026-01-02T03:05:05.678Z',
    durationMs: 60_000,
    properties: [{ name: 'git:commit', value: '0123456789012345678901234567890123456789' }],
    modules,
    errors: [],
    output: [],
  }
}

/** The path of a test file, relative to the project. */
export function fileName(file) {
  return `packages/${FOLDERS[file % FOLDERS.length]}/test/${words(SUBJECTS[file % SUBJECTS.length])}-${file}.test.ts`
}

/** The titles of the suites around a test. */
export function suitePath(file, index) {
  const subject = SUBJECTS[file % SUBJECTS.length]
  return index % 3 === 0 ? [subject] : [subject, WHENS[Math.floor(index / 10) % 5]]
}

/** The title of a test. Titles of one file are not all different. */
export function titleOf(file, index) {
  const pick = spread(file, index)
  const [action, object] = [ACTIONS[pick % ACTIONS.length], OBJECTS[(pick >> 4) % OBJECTS.length]]
  const plain = `${action} ${object} ${WHENS[(pick >> 7) % WHENS.length]}`.trim()
  const kind = pick % 100
  if (kind < 60) return plain
  if (kind < 80) return `${plain} (case ${index})`
  if (kind < 90) return `add(${index}, ${VALUES[pick % VALUES.length]}) -> ${VALUES[(pick >> 3) % VALUES.length]}`
  if (kind < 94) return `${plain} & "${object}" <${action}>`
  if (kind < 97) return `${FOREIGN[pick % FOREIGN.length]} ${index}`
  return `${plain}, and then ${[...OBJECTS, ...WHENS].join(' ')} as the specification of the ${SUBJECTS[pick % SUBJECTS.length]} says`
}

/** Whether a test fails: two in a hundred. */
export function isFailing(file, index) {
  return spread(file, index + 1_000) % 50 === 0
}

/** What a test writes to standard output: five in a hundred write two or three lines. */
export function outputOf(file, index) {
  if (spread(file, index + 2_000) % 20 !== 0) return undefined
  return `2026-01-02T03:04:05.${100 + (index % 900)}Z INFO request ${index} GET /items/${file}?page=2 200\n{"id":${index},"state":"done","tags":["a","b"]}\n`
}

/** The stack of a failing test. */
export function stackOf(file, index) {
  const call = (line) =>
    `    at ${words(SUBJECTS[line])}.call${line} (/project/packages/${FOLDERS[line % FOLDERS.length]}/src/module-${line}.ts:${line + index}:7)`
  return `AssertionError: expected ${index} to be ${index + 1} // Object.is equality\n    at /project/${fileName(file)}:${10 + index * 7}:21\n${Array.from({ length: 7 }, (_, line) => call(line)).join('\n')}`
}

function createModule(number, count) {
  const file = fileName(number)
  const tests = Array.from({ length: count }, (_, index) => createTest(number, index))
  const status = tests.some((test) => test.status === 'failed') ? 'failed' : 'passed'
  return {
    id: file,
    file,
    kind: 'runtime',
    status,
    rawStatus: status,
    startedAt: '2026-01-02T03:04:06.000Z',
    durationMs: 345.678,
    errors: [],
    output: [],
    suites: [],
    properties: [],
    tests,
  }
}

function createTest(file, index) {
  const failed = isFailing(file, index)
  const output = outputOf(file, index)
  return {
    id: `${file}-${index}`,
    title: titleOf(file, index),
    path: suitePath(file, index),
    ordinal: 1,
    status: failed ? 'failed' : 'passed',
    rawStatus: failed ? 'failed' : 'passed',
    flaky: false,
    startedAt: '2026-01-02T03:04:07.123Z',
    durationMs: 1.5 + (index % 50),
    location: { line: 10 + index * 7, column: 3 },
    attempts: [],
    errors: failed ? [createError(file, index)] : [],
    output: output === undefined ? [] : [{ stream: 'stdout', text: output }],
    annotations: [],
    attachments: [],
    tags: [],
    meta: [],
  }
}

function createError(file, index) {
  return {
    kind: 'assertion',
    name: 'AssertionError',
    message: `expected ${index} to be ${index + 1} // Object.is equality`,
    stack: stackOf(file, index),
    expected: String(index + 1),
    actual: String(index),
  }
}

// As a runner receives it from a worker: its strings are not parts that somebody still has to join.
function received(module) {
  return deserialize(serialize(module))
}

// A number of at most 15 bits that looks random, the same in every run.
function spread(file, index) {
  const mixed = Math.imul(file * 7_919 + index * 104_729 + 12_345, 2_654_435_761)
  return (mixed ^ (mixed >>> 15)) & 0x7fff
}

function words(text) {
  return text.replaceAll(' ', '-')
}
