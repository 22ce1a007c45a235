import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderJobSummary, type SummaryParts } from '../../src/render/job-summary.js'
import { shortHostileText } from '../support/hostile-text.js'
import { aModule, anError, aRun, aTest, everything } from '../support/runs.js'
import { hasTool } from '../support/tools.js'

const hasCmark = hasTool('cmark-gfm')

const NOTHING = { tests: 0, failures: 0, errors: 0, skipped: 0 }

function summary(parts: Partial<SummaryParts> = {}): string {
  return renderJobSummary({ run: aRun(), counts: NOTHING, rows: [], ...parts })
}

/** As GitHub's own renderer shows it. */
function rendered(markdown: string): string {
  const extensions = ['table', 'strikethrough', 'autolink', 'tagfilter', 'tasklist', 'footnotes']
  const args = ['--unsafe', ...extensions.flatMap((name) => ['-e', name])]
  return execFileSync('cmark-gfm', args, { input: markdown, encoding: 'utf8' })
}

/** A run with this text in every field that a summary shows. */
function runOf(text: string) {
  const failed = aTest({ title: text, path: [text], status: 'failed', errors: [anError({ message: text })] })
  const module = aModule({ file: text, tests: [failed, aTest({ title: text, flaky: true })] })
  const runner = { name: text, version: text }
  return aRun({
    runner,
    modules: [module],
    properties: [{ name: 'project', value: text }],
    errors: [anError({ message: text })],
  })
}

describe('renderJobSummary', () => {
  it('writes the project, the outcome, the counts, the duration and the runner', () => {
    const text = summary({
      run: aRun({ outcome: 'failed', durationMs: 83_456, properties: [{ name: 'project', value: 'shop' }] }),
      counts: { tests: 10, failures: 2, errors: 1, skipped: 3 },
    })

    expect(text).toContain('<h3><code>shop</code>: failed</h3>')
    expect(text).toContain('<p>4 passed, 2 failed, 1 error, 3 skipped in 1 min 23 s, <code>vitest 4.1.12</code></p>')
  })

  it.each([
    [0, '0.0 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min 0 s'],
    [119_499, '1 min 59 s'],
    [119_700, '2 min 0 s'],
  ])('writes a duration of %i ms as %s, with no part of 60', (durationMs, expected) => {
    expect(summary({ run: aRun({ durationMs }) })).toContain(` in ${expected}, <code>`)
  })

  it('lists failures and errors outside tests, with their place and the first line of their message', () => {
    const failed = aTest({
      title: 'adds',
      path: ['sums'],
      status: 'failed',
      location: { line: 3 },
      errors: [
        anError({ message: '\n\u001b[31mexpected 3\u001b[39m to be 2\nand so on', location: { line: 7, column: 9 } }),
      ],
    })
    const load = aModule({ file: 'b.test.ts', errors: [anError({ kind: 'load', message: 'no such module' })] })

    const text = summary({ run: aRun({ modules: [aModule({ file: 'a.test.ts', tests: [failed] }), load] }) })

    expect(text).toContain('<tr><th>Failed</th><th>Where</th><th>Message</th></tr>')
    expect(text).toContain(
      '<tr><td><code>sums &#62; adds</code></td><td><code>a.test.ts:7</code></td><td><code>expected 3 to be 2</code></td></tr>',
    )
    expect(text).toContain(
      '<tr><td><code>(load)</code></td><td><code>b.test.ts</code></td><td><code>no such module</code></td></tr>',
    )
  })

  it('counts and lists flaky tests', () => {
    const flaky = aTest({ title: 'retries', flaky: true, location: { line: 12 } })

    const text = summary({ run: aRun({ modules: [aModule({ file: 'a.test.ts', tests: [flaky] })] }) })

    expect(text).toContain('1 flaky')
    expect(text).toContain(
      '<tr><th>Flaky</th><th>Where</th></tr>\n<tr><td><code>retries</code></td><td><code>a.test.ts:12</code></td></tr>',
    )
  })

  it('has no table of failures when there is none', () => {
    expect(summary()).not.toContain('Failed')
  })

  it('lists 25 failures and counts the rest', () => {
    const tests = Array.from({ length: 40 }, (_, index) => aTest({ title: `t${index}`, status: 'failed' }))

    const text = summary({ run: aRun({ modules: [aModule({ tests })] }) })

    expect(text.match(/<td><code>t\d+<\/code>/g)).toHaveLength(25)
    expect(text).toContain('<p>and 15 more</p>')
  })

  it('links http and https addresses, and no others', () => {
    const text = summary({
      rows: [
        { label: 'run', text: 'r1', link: 'https://jux.example.com/runs/r1?a="&b' },
        { label: 'bad', text: 'r2', link: 'javascript:alert(1)' },
      ],
    })

    expect(text).toContain('<a href="https://jux.example.com/runs/r1?a=%22&#38;b"><code>r1</code></a>')
    expect(text).toContain('<tr><td>bad</td><td><code>r2</code></td></tr>')
  })

  it('ends with the command that verifies the report', () => {
    expect(summary({ verifyLine: "jux verify r.xml --cert 'a&b.crt'" })).toMatch(
      /<pre><code>jux verify r\.xml --cert &#39;a&#38;b\.crt&#39;<\/code><\/pre>\n\n$/,
    )
  })

  it('writes less than 300 KB, however long the texts are', () => {
    const tests = Array.from({ length: 500 }, (_, index) =>
      aTest({
        title: '"'.repeat(10_000) + index,
        status: 'failed',
        flaky: true,
        errors: [anError({ message: '<'.repeat(99_999) })],
      }),
    )

    expect(Buffer.byteLength(summary({ run: aRun({ modules: [aModule({ tests })] }) }))).toBeLessThan(300_000)
  })
})

describe('renderJobSummary, text from the run', () => {
  const ATTACKS = [
    '| a | b |\n| --- | --- |\n\n# heading',
    '![x](https://evil.example/x.png) [y](https://evil.example)',
    '<img src=x onerror=alert(1)><script>alert(1)</script>',
    '</code></td></tr></table>\n\n<a href="https://evil.example">click</a>',
    'https://evil.example www.evil.example a@evil.example',
    '``` \n\n~~~ `code` \\` ``',
    '\n\n[ref]: https://evil.example\n\n[ref]',
    '\u0000\u0007\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007 \u202e\u2066 \r\n\u2028\u2029\u0085',
    '&lt;img src=x&gt; &#60;b&#62;',
    '--> <!-- --- *** ___',
  ]

  const tags = (html: string) => html.match(/<[^>]*>/g)

  it.each(ATTACKS)('adds no tag, no paragraph and no control character: %j', (text) => {
    const markdown = summary({ run: runOf(text), rows: [{ label: 'report', text }], verifyLine: 'jux verify' })

    const harmless = summary({ run: runOf('x'), rows: [{ label: 'report', text: 'x' }], verifyLine: 'jux verify' })
    expect(tags(markdown)).toEqual(tags(harmless))
    expect(markdown.split('\n\n')).toHaveLength(harmless.split('\n\n').length)
    expect(markdown.replaceAll('\n', '')).not.toMatch(
      /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/,
    )
  })

  it.skipIf(!hasCmark).each(ATTACKS)("becomes no markup, link or image in GitHub's renderer: %j", (text) => {
    const html = rendered(summary({ run: runOf(text), rows: [{ label: 'report', text }], verifyLine: 'jux verify' }))

    const harmless = rendered(
      summary({ run: runOf('x'), rows: [{ label: 'report', text: 'x' }], verifyLine: 'jux verify' }),
    )
    expect(tags(html)).toEqual(tags(harmless))
    expect(html).not.toMatch(/<a |<img|<script|<h[1245]|<hr|<pre><code class/)
  })

  it('adds no tag, whatever the text is', () => {
    const harmless = tags(summary({ run: runOf('x') }))

    fc.assert(
      fc.property(shortHostileText(), (text) => {
        expect(tags(summary({ run: runOf(`x${text}`) }))).toEqual(harmless)
      }),
    )
  })

  it.skipIf(!hasCmark)('is rendered completely after a table that another step did not close', () => {
    const html = rendered(`a paragraph\n| a |\n| --- |\n| b ${summary({ run: everything() })}`)

    expect(html).toContain('<h3><code>the project</code>: error</h3>')
  })
})
