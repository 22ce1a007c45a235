import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { NAMES, SHARDS, shardScene } from '../support/merge-scene.js'
import { hasTool } from '../support/tools.js'

const FOLDER = process.env.JUX_XSD_DIR
const SCHEMAS = {
  common: fileURLToPath(new URL('../../schema/jux-junit.xsd', import.meta.url)),
  jenkins: FOLDER === undefined ? undefined : join(FOLDER, 'junit-10.xsd'),
  ant: FOLDER === undefined ? undefined : join(FOLDER, 'windyroad-JUnit.xsd'),
}

if (FOLDER === undefined) console.log('did not run: merged reports against foreign schemas (JUX_XSD_DIR is not set)')

describe.skipIf(!hasTool('xmllint'))('jux merge', () => {
  it.for(['common', 'jenkins', 'ant'] as const)(
    'writes valid reports of parts in the dialect %s',
    async (dialect, { skip }) => {
      const schema = SCHEMAS[dialect]
      if (schema === undefined) return skip('JUX_XSD_DIR is not set')
      const scene = await shardScene(
        Object.fromEntries(
          NAMES.map((name) => [name, { ...SHARDS[name], dialect, run: { errors: [new Error('no')] } }]),
        ),
      )

      await scene.merge(...NAMES, '-o', 'm.xml')
      const merged = readFileSync(join(scene.cwd, 'm.xml'), 'utf8')
      const input = merged.replace(/<ds:Signature .*<\/ds:Signature>/s, '')
      const { status, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '--schema', schema, '-'], {
        input,
        encoding: 'utf8',
      })

      expect([status, stderr]).toEqual([0, '- validates\n'])
    },
  )
})

describe.skipIf(!hasTool('xmlsec1'))('jux merge and xmlsec1', () => {
  it('agree about the signature', async () => {
    const scene = await shardScene()

    await scene.merge(...NAMES, '-o', 'm.xml')
    const { status, stderr } = spawnSync(
      'xmlsec1',
      ['--verify', '--pubkey-pem', join(scene.cwd, 'key.pub.pem'), join(scene.cwd, 'm.xml')],
      { encoding: 'utf8' },
    )

    expect([status, stderr]).toEqual([0, expect.stringMatching(/^OK|Verification status: OK/)])
  })
})
