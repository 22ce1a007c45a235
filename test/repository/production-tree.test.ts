import { describe, expect, it } from 'vitest'
import { productionTree } from '../support/production-tree.js'

/** Licenses that require no more than that their text is kept: https://spdx.org/licenses/ */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BSD-3-Clause', 'ISC', 'MIT']

describe.each([
  { name: 'jux-reporter', folder: '' },
  { name: 'jux-server', folder: 'server' },
] as const)('the dependencies of $name', ({ folder }) => {
  const tree = productionTree(folder)

  it('run no script at installation', () => {
    expect(tree.map(({ name }) => name)).toContain('zod')
    expect(tree.filter(({ hasInstallScript }) => hasInstallScript)).toEqual([])
  })

  it('have only licenses that allow any use', () => {
    expect(tree.filter(({ license }) => !ALLOWED.includes(license))).toEqual([])
  })
})

describe('the dependencies of jux-reporter', () => {
  it('include none of the server', () => {
    const names = productionTree('').map(({ name }) => name)

    expect(names.filter((name) => /^(hono|libsql|kysely|pg)$/.test(name))).toEqual([])
  })
})
