import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { DialectName } from '../../src/render/dialects.js'
import { loadSigner } from '../../src/sign/keys.js'
import { signatureElement } from '../../src/sign/sign.js'
import { newKeyPair, privatePem } from '../support/keys.js'
import { renderWhole } from '../support/rendering.js'
import { aModule, anError, aRun, aTest, everything } from '../support/runs.js'
import { fixedSystem } from '../support/system.js'
import { hasTool } from '../support/tools.js'

const OUR_SCHEMA = fileURLToPath(new URL('../../schema/jux-junit.xsd', import.meta.url))
const FOLDER = process.env.JUX_XSD_DIR
const SCHEMAS: Readonly<Record<DialectName, string | undefined>> = {
  common: OUR_SCHEMA,
  jenkins: FOLDER === undefined ? undefined : join(FOLDER, 'junit-10.xsd'),
  ant: FOLDER === undefined ? undefined : join(FOLDER, 'windyroad-JUnit.xsd'),
}
const HOSTILE = '\u001b[31m \u0000 ]]> & < > " \r\n\t \ud800 \u{1f600}'

const RUNS = {
  'a run with everything': everything(),
  'a run with hostile names': everything((text) => `${HOSTILE}${text}${HOSTILE}`),
  'an empty run': aRun({ outcome: 'no-tests' }),
  'an interrupted run': aRun({ outcome: 'interrupted', modules: [aModule({ file: 'a.test.ts', status: 'not-run' })] }),
  'a run with invalid numbers and times': aRun({
    startedAt: 'yesterday',
    durationMs: Number.NaN,
    properties: [
      { name: ' ', value: '' },
      { name: 'jux:hostname', value: '' },
    ],
    modules: [
      aModule({
        file: '\u001b[0m',
        startedAt: '2026-02-30T00:00:00.000Z',
        durationMs: -5,
        tests: [
          aTest({ title: '', durationMs: 1e-7, location: { line: 0, column: 1.5 } }),
          aTest({ title: ' ', durationMs: 1e300, status: 'failed', errors: [anError({ name: '', message: '' })] }),
        ],
      }),
    ],
  }),
}

function validate(schema: string, xml: string): string {
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '--schema', schema, '-'], {
    input: xml,
    encoding: 'utf8',
  })
  return status === 0 ? 'valid' : stderr
}

if (FOLDER === undefined) console.log('did not run: jenkins and ant against their schemas (JUX_XSD_DIR is not set)')

describe.skipIf(!hasTool('xmllint')).each(Object.entries(RUNS))('renderJunit of %s', (_, run) => {
  it.for(['common', 'jenkins', 'ant'] as const)(
    'is valid against the schema of the dialect %s',
    (dialect, { skip }) => {
      const schema = SCHEMAS[dialect]
      if (schema === undefined) return skip('JUX_XSD_DIR is not set')
      expect(existsSync(schema)).toBe(true)

      expect(validate(schema, renderWhole(run, { dialect }).xml)).toBe('valid')
    },
  )
})

describe('renderJunit and signatureElement', () => {
  it.for(['common', 'jenkins', 'ant'] as const)(
    'write a signed report that without its signature is the unsigned one, as %s',
    async (dialect) => {
      const signer = await loadSigner({ key: privatePem(newKeyPair('P-256')) }, fixedSystem())
      const { xml, digests, endTag } = renderWhole(everything(), { dialect })

      const signed = xml.slice(0, -endTag.length) + signatureElement(digests, signer) + endTag
      const stripped = signed.replace(/<ds:Signature[ >].*<\/ds:Signature>/s, '')

      expect(signed).toContain('<ds:SignatureValue>')
      expect(stripped).toBe(xml)
      if (dialect === 'common' && hasTool('xmllint')) expect(validate(OUR_SCHEMA, signed)).toBe('valid')
    },
  )
})

describe.skipIf(!hasTool('xmllint'))('schema/jux-junit.xsd', () => {
  it('refuses a time with an exponent, and two statuses in one test case', () => {
    const { xml } = renderWhole(everything())

    expect(validate(OUR_SCHEMA, xml.replace(/ time="[^"]*"/, ' time="1E-7"'))).toContain('time')
    expect(validate(OUR_SCHEMA, xml.replace('<failure', '<skipped type="todo"></skipped><failure'))).not.toBe('valid')
  })
})
