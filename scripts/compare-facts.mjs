/**
 * The facts in the tests of `fixtures/projects/everything`, each with a check whether a report has it.
 */
import { DOMParser } from '@xmldom/xmldom'

const ALL = ['vitest', 'jest', 'mocha']

/** A report with what is needed to check it. */
export function readReport({ main, hostile, before, began, source }) {
  const root = parse(main)
  const cases = root === undefined ? [] : list(root, 'testcase')
  const find = (name) =>
    cases.find((node) => `${attribute(node, 'classname')} ${attribute(node, 'name')}`.includes(name))
  return { xml: main, hostile, root, cases, find, before, began, source }
}

/** One row for each fact: its name, its runners, and the check. */
export const FACTS = [
  fact('is well-formed if a title has colors and control characters', ALL, ({ hostile }) => parse(hostile)),
  fact(
    '… without the rest of a terminal sequence in it',
    ALL,
    ({ hostile }) => !names(list(parse(hostile), 'testcase')[0]).includes('[31m'),
  ),
  fact('every test of the run', ALL, ({ find }) => ['stands alone', 'is nested', 'is reached', 'speaks'].every(find)),
  fact('describes in the names', ALL, ({ find }) => /outer.*inner/.test(names(find('is nested')))),
  fact('a suite name for tests outside describes', ALL, ({ root }) =>
    list(root, 'testsuite').every((suite) => !['', 'undefined'].includes(attribute(suite, 'name'))),
  ),
  fact('tests of the same name distinguished', ALL, ({ cases }) => new Set(cases.map(names)).size === cases.length),
  fact('name of the run, by configuration', ALL, ({ root }) => attribute(root, 'name') === 'word-run-name'),
  fact('file of a test', ALL, ({ find }) =>
    /main\.test\.js/.test(attribute(find('is nested'), 'file') || attribute(find('is nested').parentNode, 'file')),
  ),
  fact('file on the test case itself', ALL, ({ find }) => /main\.test\.js/.test(attribute(find('is nested'), 'file'))),
  fact(
    'line of a test',
    ALL,
    ({ find, source }) => attribute(find('is nested'), 'line') === String(lineOf(source, "'is nested'")),
  ),
  fact('project', ['vitest', 'jest'], has('word-project')),
  fact('duration of a test', ALL, ({ find }) => Number(attribute(find('takes its time'), 'time')) >= 0.05),
  fact('durations with at most three decimals', ALL, ({ cases }) =>
    cases.every((node) => /^\d+(\.\d{1,3})?$/.test(attribute(node, 'time'))),
  ),
  fact('start of a file, as it was, with its zone', ALL, startOfFile),
  fact('start of a test', ALL, ({ find }) => zoned(attribute(find('stands alone'), 'timestamp'))),
  fact('host', ALL, ({ root }) => list(root, 'testsuite').some((suite) => attribute(suite, 'hostname') !== '')),
  fact('output of a test with the test', ['vitest', 'mocha'], ({ find }) =>
    inside(find('speaks'), 'system-out', 'word-stdout'),
  ),
  fact('its error output, separately', ['vitest', 'mocha'], ({ find }) =>
    inside(find('speaks'), 'system-err', 'word-stderr'),
  ),
  fact('output of the file where the runner does not know the test', ['jest'], has('word-stdout')),
  fact('output of a file outside its tests', ALL, has('word-module-output')),
  fact('message and type of a failure', ALL, ({ find }) => {
    const [failure] = problems(find('fails with a cause'))
    return attribute(failure, 'message').includes('word-message') && attribute(failure, 'type') === 'TypeError'
  }),
  fact('stack of a failure', ALL, ({ find }) =>
    /main\.test\.js:\d+/.test(problems(find('fails with a cause'))[0].textContent),
  ),
  fact('expected and actual value', ALL, has('word-expected', 'word-actual')),
  fact('cause of an error', ALL, has('word-cause')),
  fact('members of an AggregateError', ALL, has('word-member')),
  fact('every soft assertion', ['vitest'], has('word-soft-one', 'word-soft-two')),
  fact('one failure a test', ALL, ({ cases }) => cases.every((node) => problems(node).length <= 1)),
  fact('thrown values that are not errors', ALL, has('word-thrown-text')),
  fact('skipped tests', ALL, ({ find }) => list(find('is skipped'), 'skipped').length === 1),
  fact('why a test was skipped', ['vitest'], has('word-reason')),
  fact('todo distinguished from passed', ALL, ({ find }) => list(find('is to be written'), 'skipped').length === 1),
  fact('todo distinguished from skipped', ALL, ({ find }) =>
    /todo/.test(attribute(list(find('is to be written'), 'skipped')[0], 'message')),
  ),
  fact('expected failure distinguished from passed', ['vitest', 'jest'], ({ find }) =>
    /announced|expected/.test(content(find('fails as announced'))),
  ),
  fact('flaky distinguished from passed', ALL, ({ find }) => /flak/i.test(content(find('is flaky')))),
  fact('failure of the attempt before it passed', ALL, has('word-flake')),
  fact('every attempt of a test that failed', ALL, has('word-try-1', 'word-try-2')),
  fact('failed beforeAll', ALL, has('word-before-all')),
  fact('tests after it as not run', ['vitest'], ({ find }) => /not run/.test(find('is not reached').toString())),
  fact('failed afterAll', ALL, has('word-after-all')),
  fact(
    'failed afterAll as text, not JSON',
    ALL,
    ({ xml }) => xml.includes('word-after-all') && !/\{(&quot;|")[^<]*word-after-all/.test(xml),
  ),
  fact('file that does not load', ['vitest', 'jest'], has('word-load')),
  fact(
    'one test case for it',
    ['vitest', 'jest'],
    ({ cases }) => cases.filter((node) => node.toString().includes('word-load')).length === 1,
  ),
  fact('unhandled error', ALL, has('word-unhandled')),
  fact('annotations', ['vitest'], has('word-annotation')),
  fact('attachments, as CI systems read them', ['vitest', 'mocha'], ({ xml }) =>
    /\[\[ATTACHMENT\|[^\]]+\]\]/.test(xml),
  ),
  fact('metadata of a test', ['vitest'], ({ find }) => find('has data').toString().includes('word-meta')),
  fact('tags of a test', ['vitest'], ({ find }) => find('has a tag').toString().includes('word-tag')),
  fact('configured timeout', ['vitest'], has('4321')),
  fact('custom properties, on the suite', ALL, has('word-suite-property')),
  fact('custom properties, on a test', ['vitest', 'jest'], has('word-test-property')),
  fact('counts that match the test cases', ALL, countsAreRight),
  fact('runner and its version', ALL, ({ xml }) => /jux:runner_version/.test(xml)),
  fact('commit, branch, CI build, machine', ALL, ({ xml }) => /jux:platform|git:commit/.test(xml)),
  fact('signature', ALL, ({ xml }) => xml.includes('SignatureValue')),
]

function fact(name, runners, holds) {
  return { name, runners, holds }
}

function has(...words) {
  return ({ xml }) => words.every((word) => xml.includes(word))
}

function parse(xml) {
  if (xml === '') return undefined
  const fail = (message) => {
    throw new Error(message)
  }
  try {
    // XML 1.0 does not allow control characters, but this parser accepts them.
    if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(xml)) return undefined
    return new DOMParser({ errorHandler: { warning: fail, error: fail, fatalError: fail } }).parseFromString(
      xml,
      'text/xml',
    ).documentElement
  } catch {
    return undefined
  }
}

function list(node, name) {
  return Array.from(node.getElementsByTagName(name))
}

function attribute(node, name) {
  return node?.getAttribute(name) ?? ''
}

function names(node) {
  return `${attribute(node, 'classname')} :: ${attribute(node, 'name')}`
}

// The content between the tags of an element.
function content(node) {
  return Array.from(node.childNodes).map(String).join('')
}

function problems(node) {
  return [...list(node, 'failure'), ...list(node, 'error')]
}

function inside(node, name, word) {
  return list(node, name).some(({ textContent }) => textContent.includes(word))
}

function lineOf(source, text) {
  return source.slice(0, source.indexOf(text)).split('\n').length
}

function zoned(time) {
  return /(Z|[+-]\d\d:\d\d)$/.test(time)
}

// Not before the run, and not after the first test of the file started, as the time of writing would be. Some reporters
// write whole seconds.
function startOfFile({ find, before, began }) {
  for (let node = find('stands alone'); node !== null; node = node.parentNode) {
    if (node.tagName !== 'testsuite') continue
    const time = attribute(node, 'timestamp')
    return zoned(time) && new Date(time) >= Math.floor(before / 1_000) * 1_000 && new Date(time) <= began
  }
  return false
}

function countsAreRight({ root, cases }) {
  const count = (node, name) => list(node, 'testcase').filter((item) => list(item, name).length > 0).length
  return (
    [root, ...list(root, 'testsuite')].every((node) => {
      const claims = (name, real) => attribute(node, name) === '' || Number(attribute(node, name)) === real
      return (
        claims('tests', list(node, 'testcase').length) &&
        claims('failures', count(node, 'failure')) &&
        claims('errors', count(node, 'error'))
      )
    }) && cases.length > 0
  )
}
