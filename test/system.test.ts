import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFolders } from '../src/disk.js'
import { temporaryFolder } from './support/folders.js'

describe('makeFolders', () => {
  it('creates the missing folders, returns them outermost first, and creates none twice', () => {
    const root = temporaryFolder()

    const made = makeFolders(join(root, 'a', 'b', 'c'), 0o700)

    expect(made).toEqual([join(root, 'a'), join(root, 'a', 'b'), join(root, 'a', 'b', 'c')])
    expect(statSync(join(root, 'a', 'b', 'c')).isDirectory()).toBe(true)
    expect(makeFolders(join(root, 'a', 'b'), 0o700)).toEqual([])
  })

  it('throws EEXIST where a file has the name of a folder', () => {
    const root = temporaryFolder()
    writeFileSync(join(root, 'file'), '')

    expect(() => makeFolders(join(root, 'file'), 0o700)).toThrow('EEXIST')
    expect(() => makeFolders(join(root, 'file', 'below'), 0o700)).toThrow('EEXIST')
  })

  it('throws, and does not hang, where no folder can be created', () => {
    // /proc on Linux; elsewhere an invalid name.
    const impossible = existsSync('/proc') ? '/proc/no/such' : join(temporaryFolder(), '\0')

    expect(() => makeFolders(impossible, 0o700)).toThrow()
  })
})
