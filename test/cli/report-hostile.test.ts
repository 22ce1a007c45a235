import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'

const GREEN = '<testsuites><testsuite name="s"><testcase name="t"/></testsuite></testsuites>'
const DSIG = 'http://www.w3.org/2000/09/xmldsig#'
const UTF16 = Buffer.concat([
  Buffer.from([0xff, 0xfe]),
  Buffer.from(`<?xml version="1.0" encoding="utf-16"?>${GREEN}`, 'utf16le'),
])
const repeat = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, n) => make(n)).join('')

/** Makes a report of a file as JSON, in a folder of its own. */
async function report(bytes: string | Buffer) {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'results.xml'), bytes)
  const system = { cwd, homeDir: cwd, dataDir: join(cwd, 'data'), env: { JUX_STORAGE_PATH: join(cwd, 'store') } }
  const { code, out, err } = await runJux(['report', 'results.xml', '--json'], { system })
  const folder = join(cwd, 'store', 'reports')
  return { code, err, result: JSON.parse(out).results[0], stored: existsSync(folder) ? readdirSync(folder).length : 0 }
}

describe('jux report, of a hostile file,', () => {
  it.each<readonly [string, string | Buffer, string, string | undefined]>([
    ['an external entity', `<!DOCTYPE a SYSTEM "file:///etc/passwd">${GREEN}`, 'XML_PARSE_ERROR', 'doctype'],
    [
      'entities that expand to more and more',
      `<!DOCTYPE a [<!ENTITY b "cccc"><!ENTITY d "&b;&b;">]><testsuites>&d;</testsuites>`,
      'XML_PARSE_ERROR',
      'doctype',
    ],
    ['an entity that nothing declares', '<testsuites>&nbsp;</testsuites>', 'XML_PARSE_ERROR', 'entity'],
    ['100,000 nested suites', '<testsuite>'.repeat(100_000), 'XML_PARSE_ERROR', 'too-deep'],
    [
      '2,000 attributes',
      `<testsuites ${repeat(2_000, (n) => `a${n}="" `)}/>`,
      'XML_PARSE_ERROR',
      'too-many-attributes',
    ],
    [
      '100,000 different names',
      `<testsuites>${repeat(100_000, (n) => `<n${n}/>`)}</testsuites>`,
      'XML_PARSE_ERROR',
      'too-many-names',
    ],
    ['a name of 1 MB', `<testsuites ${'a'.repeat(1_000_000)}=""/>`, 'XML_PARSE_ERROR', 'name-too-long'],
    ['UTF-16', UTF16, 'XML_PARSE_ERROR', 'encoding'],
    ['UTF-16 in the other byte order', Buffer.from(UTF16).swap16(), 'XML_PARSE_ERROR', 'encoding'],
    ['bytes that are not UTF-8', Buffer.from(GREEN.replace('"t"', '"\xe9"'), 'latin1'), 'XML_PARSE_ERROR', 'encoding'],
    ['another declared encoding', `<?xml version="1.0" encoding="ISO-8859-1"?>${GREEN}`, 'XML_PARSE_ERROR', 'encoding'],
    ['XML 1.1', `<?xml version="1.1"?>${GREEN}`, 'XML_PARSE_ERROR', 'xml-declaration'],
    ['compressed bytes', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]), 'XML_PARSE_ERROR', 'encoding'],
    ['a null character', '<testsuites name="\0"/>', 'XML_PARSE_ERROR', 'illegal-character'],
    ['a reference to a control character', '<testsuites name="&#27;"/>', 'XML_PARSE_ERROR', 'reference'],
    ['an attribute that is there twice', '<testsuites a="" a=""/>', 'XML_PARSE_ERROR', 'duplicate-attribute'],
    [
      'an attribute that is there twice, with two prefixes',
      '<testsuites xmlns:a="urn:a" xmlns:b="urn:a" a:c="" b:c=""/>',
      'XML_PARSE_ERROR',
      'duplicate-attribute',
    ],
    ['a prefix without a namespace', '<testsuites><a:b/></testsuites>', 'XML_PARSE_ERROR', 'unbound-prefix'],
    ['another meaning of the prefix xml', '<testsuites xmlns:xml="urn:x"/>', 'XML_PARSE_ERROR', 'namespace'],
    ['a root in a namespace', '<testsuites xmlns="urn:junit"/>', 'XML_INVALID_STRUCTURE', 'not-junit'],
    ['two roots', GREEN + GREEN, 'XML_PARSE_ERROR', 'content-outside-root'],
    ['a file that ends between two tags', GREEN.slice(0, 53), 'XML_PARSE_ERROR', 'unclosed'],
    ['a file that ends in a tag', GREEN.slice(0, 58), 'XML_PARSE_ERROR', 'tag-mismatch'],
    ['no bytes', '', 'XML_PARSE_ERROR', 'empty'],
    ['a test case as root', '<testcase name="t"/>', 'XML_INVALID_STRUCTURE', 'not-junit'],
    [
      'a Signature inside a suite',
      GREEN.replace('<testcase', `<Signature xmlns="${DSIG}"/><testcase`),
      'XML_INVALID_STRUCTURE',
      undefined,
    ],
    ['a Signature as root', `<Signature xmlns="${DSIG}"/>`, 'XML_INVALID_STRUCTURE', undefined],
    [
      'a Signature with any content',
      GREEN.replace('</testsuites>', `<Signature xmlns="${DSIG}"/></testsuites>`),
      'OPERATION_FAILED',
      'already-signed',
    ],
  ])('refuses %s with a code and a cure, and stores nothing', async (_, bytes, errorCode, reason) => {
    const { code, err, result, stored } = await report(bytes)

    expect({ code, err, stored }).toEqual({ code: 1, err: '', stored: 0 })
    expect(result).toMatchObject({ success: false, code: errorCode, suggestions: [expect.any(String)] })
    expect(result.reason).toBe(reason)
    expect(result.error.length).toBeLessThan(300)
  })

  it.each([
    ['a byte order mark', `\ufeff<?xml version="1.0"?>${GREEN}`, 'passed'],
    ['a failure after a byte order mark', `\ufeff${GREEN.replace('<testcase', '<failure/><testcase')}`, 'failed'],
    [
      'a failed test case in a namespace',
      GREEN.replace('<testcase', '<j:testcase xmlns:j="urn:j"><j:failure/></j:testcase><testcase'),
      'failed',
    ],
    ['numbers that no test run has', GREEN.replace('name', 'tests="1e99" name'), 'error'],
    ['names of a JavaScript object', GREEN.replaceAll('name="', 'name="__proto__'), 'passed'],
    ['a name of 1 MB', GREEN.replace('"s"', `"${'s'.repeat(1_000_000)}"`), 'passed'],
    ['ids for signatures to refer to', GREEN.replace('<testsuites', '<testsuites xml:id="a" Id="b" ID="c"'), 'passed'],
  ])('reads %s', async (_, bytes, outcome) => {
    expect(await report(bytes)).toMatchObject({ code: 0, result: { outcome }, stored: 1 })
  })

  it('prints control and direction characters of a file only escaped', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'results.xml'), GREEN.replace('"s"', '"a\u202e\u009bb" tests="9"'))
    const system = { cwd, homeDir: cwd, env: { JUX_STORAGE_PATH: join(cwd, 'store') } }

    const { err } = await runJux(['report', 'results.xml'], { system })

    expect(err).toMatch(/^results\.xml: the outcome is error: the suite .*a.*b.* states 9 tests, and the file has 1\n$/)
    expect(err).not.toMatch(/[\u202e\u009b]/)
  })
})
