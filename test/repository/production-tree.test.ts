import { describe, expect, it } from 'vitest'
import { productionTree } from '../support/production-tree.js'

/** Licences that ask for no more than their text kept: https://spdx.org/licenses/ */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BSD-3-Clause', 'ISC', 'MIT']

describe.each([
  { name: 'jux-reporter', folder: '' },
  { name: 'jux-server', folder: 'server' },
] as const)('what $name brings', ({ folder }) => {
  const tree = productionTree(folder)

  it('runs no script when it is installed', () => {
    expect(tree.map(({ name }) => name)).toContain('zod')
    expect(tree.filter(({ hasInstallScript }) => hasInstallScript)).toEqual([])
  })

  it('is under licences that allow any use', () => {
    expect(tree.filter(({ license }) => !ALLOWED.includes(license))).toEqual([])
  })
})

describe('the reporter', () => {
  it('brings nothing of the server', () => {
    const names = productionTree('').map(({ name }) => name)

    expect(names.filter((name) => /^(hono|libsql|kysely|pg)$/.test(name))).toEqual([])
  })
})
