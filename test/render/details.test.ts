import { describe, expect, it } from 'vitest'
import { attributesOf, caseXml, element, elements, propertiesOf, renderedRoot, testcase } from '../support/rendering.js'
import { aModule, anError, aRun, aRunOf, aTest } from '../support/runs.js'

describe('renderJunit, properties', () => {
  it('writes tags, metadata and annotations of a test as its properties, under their own names and before all others', () => {
    const meta = [
      { name: 'test_key', value: 'ABC-1' },
      { name: 'dd_tags[team]', value: 'core' },
    ]
    const annotations = [{ type: 'requirement', message: 'REQ-7' }]
    const output = [{ stream: 'stdout', text: 'hello' }] as const

    expect(caseXml(aRunOf(aTest({ meta, annotations, tags: ['slow'], output })))).toMatchInlineSnapshot(`
      "<testcase classname="test/a.test.ts" file="test/a.test.ts" name="works" time="0.012">
      <properties>
      <property name="tag" value="slow"></property>
      <property name="test_key" value="ABC-1"></property>
      <property name="dd_tags[team]" value="core"></property>
      <property name="requirement" value="REQ-7"></property>
      </properties>
      <system-out>hello</system-out>
      </testcase>"
    `)
  })

  it('writes settings that most tests of a file share once, and then only for tests that differ', () => {
    const tests = [5_000, 5_000, 40].map((timeoutMs, index) =>
      aTest({ title: `${index}`, timeoutMs, retry: { configured: index === 2 ? 0 : 3, count: 0 } }),
    )

    const root = renderedRoot(aRun({ modules: [aModule({ tests })] }))

    expect(propertiesOf(element(root, 'testsuite'))).toMatchObject({ 'jux:timeout_ms': '5000', 'jux:retries': '3' })
    expect(['0', '1', '2'].map((name) => propertiesOf(testcase(root, name)))).toEqual([
      {},
      {},
      { 'jux:timeout_ms': '40', 'jux:retries': '0' },
    ])
  })

  it('leaves out an id that is the title, and retries and repeats of 0', () => {
    const test = aTest({
      id: 'works',
      retry: { configured: 0, count: 0 },
      repeats: { configured: 0, count: 0 },
    })
    const root = renderedRoot(aRunOf(test))

    expect(caseXml(aRunOf(test))).toMatchInlineSnapshot(
      `"<testcase classname="test/a.test.ts" file="test/a.test.ts" name="works" time="0.012"></testcase>"`,
    )
    expect(propertiesOf(element(root, 'testsuite'))).not.toHaveProperty('jux:retries')
    expect(propertiesOf(element(root, 'testsuite'))).not.toHaveProperty('jux:repeats')
  })

  it('writes a fact about the run once, although the run has a property of that name already', () => {
    const properties = [{ name: 'jux:outcome', value: 'passed' }]

    const names = elements(renderedRoot(aRun({ properties })), 'property').map((node) => node.getAttribute('name'))

    expect(names.filter((name) => name === 'jux:outcome')).toHaveLength(1)
  })

  it('writes the facts about the run into the first suite only', () => {
    const modules = [aModule({ file: 'a.test.ts' }), aModule({ file: 'b.test.ts' })]

    const root = renderedRoot(aRun({ modules, properties: [{ name: 'git:commit', value: 'abc' }] }))

    expect(elements(root, 'testsuite').map(propertiesOf)).toEqual([
      {
        'git:commit': 'abc',
        'jux:outcome': 'passed',
        'jux:run_id': '00000000-0000-4000-8000-000000000000',
        'jux:runner': 'vitest',
        'jux:runner_version': '4.1.12',
        'jux:schema_version': '1',
        'jux:started_at': '2026-01-02T03:04:05.678Z',
        'jux:finished_at': '2026-01-02T03:04:06.912Z',
        'jux:duration_ms': '1234',
      },
      {},
    ])
  })

  it('writes a suite with the facts about the run for a run without files', () => {
    const root = renderedRoot(aRun({ properties: [{ name: 'project', value: 'p' }] }))

    expect(propertiesOf(element(root, 'testsuite'))).toMatchObject({ project: 'p', 'jux:outcome': 'passed' })
  })
})

describe('renderJunit, output and attachments', () => {
  it('writes the console output of a test with the test, and that of the file separately', () => {
    const tests = [
      aTest({
        title: 'talks',
        output: [
          { stream: 'stdout', text: 'hello\n' },
          { stream: 'stderr', text: 'oh\n' },
        ],
      }),
      aTest({ title: 'is silent' }),
    ]
    const run = aRun({ modules: [aModule({ tests, output: [{ stream: 'stdout', text: 'set up\n' }] })] })

    expect(caseXml(run)).toMatchInlineSnapshot(`
      "<testcase classname="test/a.test.ts" file="test/a.test.ts" name="talks" time="0.012">
      <system-out>hello
      </system-out>
      <system-err>oh
      </system-err>
      </testcase>
      <testcase classname="test/a.test.ts" file="test/a.test.ts" name="is silent" time="0.012"></testcase>"
    `)
    expect(elements(renderedRoot(run), 'system-out').map(({ textContent }) => textContent)).toEqual([
      'hello\n',
      'set up\n',
    ])
  })

  it('writes the time of the first output and the order of the streams', () => {
    const at = (ms: number) => `2026-01-02T03:04:05.00${ms}Z`
    const output = [
      { stream: 'stdout', text: 'a', at: at(0) },
      { stream: 'stdout', text: 'b', at: at(0) },
      { stream: 'stderr', text: 'c', at: at(3) },
      { stream: 'stdout', text: 'd', at: at(4) },
    ] as const

    const node = element(renderedRoot(aRunOf(aTest({ output }))), 'testcase')

    expect(propertiesOf(node)).toEqual({ 'jux:output_times': `${at(0)} stdout +0 stderr +3 stdout +4` })
  })

  it('writes attachments as lines of system-out that CI systems read, relative to the root of the run', () => {
    const attachments = [{ path: '/repo/project/shots/a.png' }, { path: 'rel/b.txt' }]
    const run = aRunOf(aTest({ attachments, output: [{ stream: 'stdout', text: 'saved' }] }))

    const out = (from?: string) => element(renderedRoot(run, { attachmentsFrom: from }), 'system-out').textContent

    expect(out()).toBe('saved\n[[ATTACHMENT|shots/a.png]]\n[[ATTACHMENT|rel/b.txt]]')
    expect(out('/repo/project/shots')).toBe('saved\n[[ATTACHMENT|a.png]]\n[[ATTACHMENT|rel/b.txt]]')
  })

  it('writes an attachment once that belongs to an annotation and to the test', () => {
    const attachment = { path: '/repo/project/a.png', contentType: 'image/png' }
    const test = aTest({ annotations: [{ type: 'shot', message: 'see', attachment }], attachments: [attachment] })

    expect(caseXml(aRunOf(test))).toMatchInlineSnapshot(`
      "<testcase classname="test/a.test.ts" file="test/a.test.ts" name="works" time="0.012">
      <properties>
      <property name="shot" value="see"></property>
      <property name="jux:attachment" value="a.png, image/png"></property>
      </properties>
      <system-out>[[ATTACHMENT|a.png]]</system-out>
      </testcase>"
    `)
  })
})

describe('renderJunit, times and places', () => {
  it('writes the file, line and column of a test that are integers from 1', () => {
    const locations = [
      { line: 12, column: 3 },
      { line: 0, column: -1 },
      { line: 1.5, column: Number.NaN },
    ]

    const root = renderedRoot(aRunOf(...locations.map((location, index) => aTest({ title: `${index}`, location }))))

    expect(elements(root, 'testcase').map(attributesOf)).toEqual([
      { classname: 'test/a.test.ts', column: '3', file: 'test/a.test.ts', line: '12', name: '0', time: '0.012' },
      { classname: 'test/a.test.ts', file: 'test/a.test.ts', name: '1', time: '0.012' },
      { classname: 'test/a.test.ts', file: 'test/a.test.ts', name: '2', time: '0.012' },
    ])
  })

  it.each([
    [undefined, '0.000'],
    [0.0001, '0.000'],
    [1, '0.001'],
    [1_234.5, '1.234'],
    [1_999.6, '2.000'],
    [-1, '0.000'],
    [1e-7, '0.000'],
    [Number.NaN, '0.000'],
    [1e25, '1000000000000.000'],
    [Number.POSITIVE_INFINITY, '1000000000000.000'],
  ])('writes a duration of %s ms as %s seconds, for a test, a file and the run', (durationMs, expected) => {
    const root = renderedRoot(
      aRun({ durationMs: durationMs ?? 0, modules: [aModule({ durationMs, tests: [aTest({ durationMs })] })] }),
    )

    const times = [root, element(root, 'testsuite'), element(root, 'testcase')].map((node) => node.getAttribute('time'))

    expect(times).toEqual([expected, expected, expected])
  })

  it('writes the duration of a file that the runner does not know as the sum of its tests', () => {
    const timeOf = (...durations: number[]) =>
      element(renderedRoot(aRunOf(...durations.map((durationMs) => aTest({ durationMs })))), 'testsuite').getAttribute(
        'time',
      )

    expect([timeOf(40, 2), timeOf(40, Number.NaN), timeOf(40, Number.POSITIVE_INFINITY)]).toEqual([
      '0.042',
      '0.000',
      '1000000000000.000',
    ])
  })

  it('writes the start of a file and of a test with its zone, and none that the runner does not know', () => {
    const modules = [
      aModule({
        file: 'a.ts',
        startedAt: '2026-01-02T03:04:05.678Z',
        tests: [aTest({ startedAt: '2026-01-02T03:04:06.000Z' })],
      }),
      aModule({ file: 'b.ts', errors: [anError({ kind: 'load' })] }),
    ]

    const root = renderedRoot(aRun({ modules }))

    expect(elements(root, '*').flatMap((node) => node.getAttribute('timestamp') || [])).toEqual([
      '2026-01-02T03:04:05.678Z',
      '2026-01-02T03:04:06.000Z',
    ])
  })

  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05'],
    ['2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05'],
    ['2024-02-29T23:59:59.1Z', '2024-02-29T23:59:59'],
  ])('writes the time %s as it is, and as %s for Ant', (startedAt, inAnt) => {
    const run = aRun({ modules: [aModule({ startedAt })] })
    const written = (dialect: 'common' | 'ant') =>
      element(renderedRoot(run, { dialect }), 'testsuite').getAttribute('timestamp')

    expect([written('common'), written('ant')]).toEqual([startedAt, inAnt])
  })

  it.each(['', 'Invalid Date', '2026-01-02', '2026-02-30T00:00:00Z', '2026-01-02T03:04:05+01:00'])(
    'writes no timestamp for "%s"',
    (startedAt) => {
      const root = renderedRoot(aRun({ startedAt, modules: [aModule({ startedAt, tests: [aTest({ startedAt })] })] }))

      expect([root, ...elements(root, '*')].filter((node) => node.hasAttribute('timestamp'))).toEqual([])
    },
  )

  it('writes the place of an error only if its stack does not contain it', () => {
    const stack = 'Error: it broke\n    at /repo/project/a.test.ts:3:9'
    const failed = (location: { line: number; column: number }) =>
      aTest({ status: 'failed', errors: [anError({ stack, location })] })

    const root = renderedRoot(aRunOf(failed({ line: 3, column: 9 }), failed({ line: 4, column: 1 })))

    expect(elements(root, 'failure').map(({ textContent }) => textContent)).toEqual([stack, `${stack}\nat: 4:1`])
  })
})
