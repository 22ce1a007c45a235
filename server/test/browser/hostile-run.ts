/**
 * A run in which every text tries to inject something into a page.
 *
 * @module
 */
import type { TestRun } from 'jux-reporter'
import { aModule, aRun, aTest } from '../../../test/support/runs.js'

/** The variable that an injected script would set. */
export const MARKER = 'window.__pwned'
/** The host that injected elements would connect to. */
export const OUTSIDE = 'outside.invalid'

/** Texts that try to break out of elements, attributes, styles, links and lines. */
export const HOSTILE: readonly string[] = [
  `<script>${MARKER}=1</script>`,
  `"><img src=x onerror="${MARKER}=2">`,
  `'><svg/onload=${MARKER}=3>`,
  `</title></style></textarea></pre></details><script>${MARKER}=4</script>`,
  `<iframe src="https://${OUTSIDE}/frame"></iframe><link rel=stylesheet href="https://${OUTSIDE}/a.css">`,
  `<meta http-equiv="refresh" content="0;url=https://${OUTSIDE}/">`,
  `<base href="https://${OUTSIDE}/"><form action="https://${OUTSIDE}/"><button>Sign in</button>`,
  `javascript:${MARKER}=5`,
  `{{constructor.constructor('${MARKER}=6')()}} \${${MARKER}=7} <%= 7 %>`,
  '&lt;script&gt; &amp;amp; &#60;b&#62;',
  'looks like \u202egnp.tset\u202c and \u2066isolated\u2069',
  `<!-- --> ]]> <![CDATA[ <a href="data:text/html,<script>${MARKER}=8</script>">x</a>`,
  `' OR 1=1; DROP TABLE runs; --`,
  '../../etc/passwd',
  'x'.repeat(1_500),
]

const all = HOSTILE.join('\n')

/** Creates the run. The name of its project is hostile too. */
export function hostileRun(): TestRun {
  const tests = HOSTILE.flatMap((text, index) => [
    aTest({
      title: text,
      path: [text],
      id: `failed ${index}`,
      status: 'failed',
      errors: [{ kind: 'error', name: text, message: text, stack: all, expected: text, actual: all, diff: all }],
      output: [{ stream: 'stdout', text: all }],
    }),
    aTest({ title: `skipped ${text}`, id: `skipped ${index}`, status: 'skipped', reason: text }),
  ])
  const properties = Object.entries({
    project: hostileProject(),
    'git:branch': `${HOSTILE[1]}${HOSTILE[10]}`,
    'git:commit': `${HOSTILE[2]}`,
    'jux:tags': HOSTILE.slice(0, 4).join(','),
    'jux:environment': `${HOSTILE[3]}`,
    'ci:build_url': `javascript:${MARKER}=9`,
    'ci:provider': `${HOSTILE[5]}`,
    'user:site': `https://${OUTSIDE}/followed-only-by-hand`,
    'user:credentials': `https://user:password@${OUTSIDE}/`,
    ...Object.fromEntries(HOSTILE.map((text, index) => [`user:${text}`, `${index} ${text}`])),
  }).map(([name, value]) => ({ name, value }))
  return aRun({
    runId: '00000000-0000-4000-8000-00000000feed',
    properties,
    modules: [
      aModule({ file: `${HOSTILE[0]}.test.ts`, tests }),
      aModule({ id: 'other', file: `${HOSTILE[7]}`, tests: [aTest()] }),
    ],
    output: [{ stream: 'stderr', text: all }],
  })
}

/** Name of the project. */
export function hostileProject(): string {
  return `${HOSTILE[0]}/../${HOSTILE[1]}?a=b&c=d#e%2e`
}
