import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { placeFile } from '../../src/gather/place-file.js'

describe('placeFile', () => {
  it.each([
    ['/proj/src/a.test.js', undefined, { rootDir: '/proj/src', file: 'a.test.js', folder: undefined }],
    ['/proj/test/a.spec.js', undefined, { rootDir: '/proj', file: 'test/a.spec.js', folder: '..' }],
    ['/proj/lib/a.spec.js', '/', { rootDir: '/', file: 'proj/lib/a.spec.js', folder: '../..' }],
    ['/other/a.spec.js', '/proj', { rootDir: '/', file: 'other/a.spec.js', folder: '../..' }],
    ['/proj/src..old/a.js', '/proj', { rootDir: '/proj', file: 'src..old/a.js', folder: '..' }],
    ['/proj/src/..old/a.js', '/proj', { rootDir: '/proj/src', file: '..old/a.js', folder: undefined }],
    ['a.test.js', '/proj', { rootDir: '/proj/src', file: 'a.test.js', folder: undefined }],
  ])('places %s of a project in %s', (path, projectDir, placed) => {
    expect(placeFile(path, { rootDir: '/proj/src', projectDir })).toEqual(placed)
  })

  it('never makes a path that leads out of its folder, and loses no file', () => {
    const folder = fc.array(fc.constantFrom('a', 'b', '..a', 'c.d')).map((parts) => `/${parts.join('/')}`)
    fc.assert(
      fc.property(folder, folder, folder, (rootDir, projectDir, path) => {
        const file = resolve(path, 'x.test.js')
        const placed = placeFile(file, { rootDir: resolve(rootDir), projectDir: resolve(projectDir) })

        expect(placed.file.split('/')).not.toContain('..')
        expect(resolve(placed.rootDir, placed.file)).toBe(file)
        expect(resolve(rootDir, placed.folder ?? '', placed.file)).toBe(file)
      }),
    )
  })
})
