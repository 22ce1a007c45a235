import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { productionTree } from '../support/production-tree.js'
import { runProgram } from '../support/run-program.js'

const SCRIPT = fileURLToPath(new URL('../../scripts/sbom.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'jux-sboms-'))

/** The fields of CycloneDX 1.5 that the tests read: https://cyclonedx.org/docs/1.5/json/ */
interface Bom {
  readonly bomFormat: string
  readonly metadata: { readonly component: { readonly purl: string; readonly name: string } }
  readonly components: readonly Component[]
}

interface Component {
  readonly purl: string
  readonly licenses?: readonly { readonly license: { readonly id: string } }[]
  readonly hashes?: readonly { readonly alg: string }[]
}

const read = (name: string): Bom => JSON.parse(readFileSync(join(folder, `${name}.cdx.json`), 'utf8'))

const purl = (name: string, version: string) => `pkg:npm/${name.replace('@', '%40')}@${version}`

beforeAll(async () => {
  const { status, stderr } = await runProgram(process.execPath, [SCRIPT, folder], {})
  if (status !== 0) throw new Error(stderr)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each([
  { name: 'jux-reporter', root: '', ours: [] },
  { name: 'jux-server', root: 'server', ours: ['jux-reporter'] },
] as const)('the bill of materials of $name', ({ name, root, ours }) => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

  it('is a CycloneDX file for the current version', () => {
    const { bomFormat, metadata } = read(name)

    expect(bomFormat).toBe('CycloneDX')
    expect(metadata.component).toMatchObject({ name, purl: purl(name, version) })
  })

  it('lists exactly the packages that the lockfile has for it', () => {
    const expected = [
      ...productionTree(root).map((one) => purl(one.name, one.version)),
      ...ours.map((one) => purl(one, version)),
    ]

    expect(
      read(name)
        .components.map((component) => component.purl)
        .sort(),
    ).toEqual(expected.sort())
  })

  it('has a license and a digest for each package', () => {
    const { components } = read(name)

    expect(components.filter(({ licenses = [], hashes = [] }) => licenses.length !== 1 || hashes.length !== 1)).toEqual(
      [],
    )
  })
})
