import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorTitle } from '../../src/render/error-title.js'
import { element, elements, renderedRoot } from '../support/rendering.js'
import { aModule, anError, aRun } from '../support/runs.js'

/** What changes in a message from run to run. */
const volatile = fc.oneof(
  fc.tuple(fc.ipV4(), fc.nat(65_535)).map(([address, port]) => `${address}:${port}`),
  fc.ipV6().map((address) => `[${address}]`),
  fc.nat(4_194_304).map((pid) => `(pid=${pid})`),
  fc.nat(100_000).map(String),
  fc.float({ min: 0, max: 1_000, noNaN: true }).map((seconds) => `${seconds.toFixed(3)}s`),
  fc.uuid(),
  fc.stringMatching(/^[0-9a-f]{8,64}$/),
  fc.stringMatching(/^[A-Za-z0-9_-]{21}$/),
  fc.stringMatching(/^0x[0-9a-f]{6,16}$/),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  fc.array(fc.stringMatching(/^[\w. -]+$/), { minLength: 1, maxLength: 6 }).map((parts) => `/${parts.join('/')}`),
  fc.array(fc.stringMatching(/^[\w. -]+$/), { minLength: 1 }).map((parts) => `C:\\${parts.join('\\')}`),
  fc.webUrl(),
  fc.emailAddress(),
  fc.stringMatching(/^\w*$/).map((text) => `'${text}'`),
  fc.stringMatching(/^\w*$/).map((text) => `"${text}"`),
)

describe('errorTitle', () => {
  it.each([
    ['Error', 'connect ECONNREFUSED 127.0.0.1:33329', 'Error: connect ECONNREFUSED …'],
    ['Error', 'getaddrinfo ENOTFOUND db-7f3.internal', 'Error: getaddrinfo ENOTFOUND …'],
    [
      'Error',
      'listen EADDRINUSE: address already in use :::3000',
      'Error: listen EADDRINUSE: address already in use …',
    ],
    [
      'Error',
      'A jest worker process (pid=14919) was terminated by another process: signal=SIGKILL, exitCode=null.',
      'Error: A jest worker process …',
    ],
    [
      'Error',
      '[vitest-pool]: Failed to start forks worker for test files /abs/path/a.test.js.',
      'Error: [vitest-pool]: Failed to start forks worker for test files …',
    ],
    [
      'TypeError',
      "Cannot read properties of undefined (reading 'id')",
      'TypeError: Cannot read properties of undefined (reading …',
    ],
    ['ReferenceError', 'document is not defined', 'ReferenceError: document is not defined'],
    ['TypeError', 'client.close is not a function', 'TypeError: client.close is not a function'],
    ['Error', "ENOENT: no such file or directory, open '/tmp/x'", 'Error: ENOENT: no such file or directory, open …'],
    ['MongoServerError', '\u001b[31mnot primary\u001b[39m\nmore', 'MongoServerError: not primary'],
    ['IncompleteRun', '5 of 7 test files have no result', 'IncompleteRun: …'],
    ['string', 'thrown', 'string: thrown'],
    ['Error', '', 'Error'],
    [undefined, 'lost', 'unhandled: lost'],
    ['Error', 'the id is deadbeef', 'Error: the id is …'],
    ['Error', 'wécht op Äntwert', 'Error: wécht op Äntwert'],
  ])('names a %s with the message %j %j', (name, message, title) => {
    expect(errorTitle(anError({ kind: 'unhandled', name, message }))).toBe(title)
  })

  it('gives an error one name, whatever ports, processes, paths, ids, times and quoted values its message holds', () => {
    const words = fc.array(
      fc.constantFrom('connect', 'to', 'the', 'worker', 'ECONNREFUSED', 'timed', 'out,', 'waited:'),
    )
    fc.assert(
      fc.property(words, volatile, volatile, fc.string(), fc.string(), (start, one, other, end, otherEnd) => {
        const title = (value: string, rest: string) =>
          errorTitle(anError({ kind: 'unhandled', message: [...start, value, rest].join(' ') }))
        expect(title(one, end)).toBe(title(other, otherEnd))
      }),
      { numRuns: 2_000 },
    )
  })

  it('is one line of at most 200 characters', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, message) => {
        const title = errorTitle(anError({ name, message }))
        expect(title.length).toBeLessThanOrEqual(200)
        expect(title).not.toContain('\n')
      }),
    )
    expect(errorTitle(anError({ message: 'word '.repeat(100) }))).toHaveLength(200)
  })
})

describe('renderJunit, names of errors outside tests', () => {
  const nameOf = (port: number, pid: number) => {
    const errors = [
      anError({ kind: 'unhandled', message: `connect ECONNREFUSED 127.0.0.1:${port}` }),
      anError({ kind: 'unhandled', message: `A jest worker process (pid=${pid}) was terminated` }),
      anError({ kind: 'unhandled', message: `A jest worker process (pid=${pid + 1}) was terminated` }),
    ]
    const load = anError({ kind: 'load', message: `cannot open /tmp/run-${pid}/a.js` })
    return renderedRoot(aRun({ outcome: 'error', errors, modules: [aModule({ errors: [load] })] }))
  }

  it('are the same in the next run, and the messages say what happened in this one', () => {
    const [one, other] = [nameOf(33_329, 14_919), nameOf(43_339, 32_463)]
    const names = (root: Element) => elements(root, 'testcase').map((node) => node.getAttribute('name'))

    expect(names(one)).toEqual([
      '(load)',
      '(unhandled) Error: connect ECONNREFUSED …',
      '(unhandled) Error: A jest worker process …',
    ])
    expect(names(other)).toEqual(names(one))
    expect(element(one, 'error').getAttribute('message')).toBe('cannot open /tmp/run-14919/a.js')
    expect(elements(one, 'error').map((node) => node.textContent)).toEqual([
      expect.stringContaining('run-14919'),
      expect.stringContaining('127.0.0.1:33329'),
      expect.stringMatching(/pid=14919[\s\S]*pid=14920/),
    ])
  })
})
