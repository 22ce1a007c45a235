import { describe, expect, it, vi } from 'vitest'
import { parseHash, storeFolders, storeRoot } from '../../src/store/paths.js'
import { realSystem } from '../../src/system.js'
import { temporaryFolder } from '../support/folders.js'
import { fixedSystem } from '../support/system.js'

const HASH = 'ab'.repeat(32)

describe('storeRoot', () => {
  it('is the data folder of the platform on Linux and macOS', () => {
    expect(storeRoot({}, fixedSystem())).toBe('/home/dev/.local/share/jux')
    expect(
      storeRoot({}, fixedSystem({ platform: 'darwin', dataDir: '/Users/dev/Library/Application Support/jux' })),
    ).toBe('/Users/dev/Library/Application Support/jux')
  })

  it('has no Data folder on Windows, because the other Jux tools have none', () => {
    const system = fixedSystem({ platform: 'win32', dataDir: 'C:\\Users\\dev\\AppData\\Local\\jux\\Data' })

    expect(storeRoot({}, system)).toBe('C:\\Users\\dev\\AppData\\Local\\jux')
  })

  it('is unknown without storagePath for a user without a home folder, and the error says what to set', () => {
    const homeless = fixedSystem({ homeDir: undefined, dataDir: undefined })

    expect(() => storeRoot({}, homeless)).toThrow(expect.objectContaining({ code: 'STORAGE_NOT_FOUND' }))
    expect(storeRoot({ storagePath: '.jux' }, homeless)).toBe('/repo/.jux')
  })

  it('is storagePath, with ~ as the home folder and relative to the working folder', () => {
    const windows = fixedSystem({ platform: 'win32', homeDir: 'C:\\Users\\dev', cwd: 'D:\\work' })

    expect(storeRoot({ storagePath: '~/evidence' }, fixedSystem())).toBe('/home/dev/evidence')
    expect(storeRoot({ storagePath: '~' }, fixedSystem())).toBe('/home/dev')
    expect(storeRoot({ storagePath: 'out/jux' }, fixedSystem())).toBe('/repo/out/jux')
    expect(storeRoot({ storagePath: '/srv/~jux' }, fixedSystem())).toBe('/srv/~jux')
    expect(storeRoot({ storagePath: '~\\evidence' }, windows)).toBe('C:\\Users\\dev\\evidence')
    expect(storeRoot({ storagePath: 'out' }, windows)).toBe('D:\\work\\out')
  })

  it('ignores an empty storagePath', () => {
    expect(storeRoot({ storagePath: '' }, fixedSystem())).toBe('/home/dev/.local/share/jux')
  })
})

describe('realSystem().dataDir', () => {
  /** What it is on another platform, below a home that was changed after the start. */
  function dataDir(platform: NodeJS.Platform, env: Record<string, string> = {}): string {
    const home = temporaryFolder()
    const actual = process.platform
    try {
      Object.defineProperty(process, 'platform', { value: platform })
      for (const name of ['XDG_DATA_HOME', 'LOCALAPPDATA']) vi.stubEnv(name, env[name])
      vi.stubEnv('HOME', home)
      return realSystem().dataDir?.replace(home, '~') ?? 'none'
    } finally {
      vi.unstubAllEnvs()
      Object.defineProperty(process, 'platform', { value: actual })
    }
  }

  it('follows the platform and its variables', () => {
    expect(dataDir('linux')).toBe('~/.local/share/jux')
    expect(dataDir('linux', { XDG_DATA_HOME: '/srv/data' })).toBe('/srv/data/jux')
    expect(dataDir('darwin')).toBe('~/Library/Application Support/jux')
    expect(dataDir('win32')).toBe('~/AppData/Local/jux/Data')
    expect(dataDir('win32', { LOCALAPPDATA: '/c/Local' })).toBe('/c/Local/jux/Data')
  })

  it('ignores a relative XDG_DATA_HOME, as its specification asks', () => {
    expect(dataDir('linux', { XDG_DATA_HOME: 'data' })).toBe('~/.local/share/jux')
  })
})

describe('storeFolders', () => {
  it('has the two shared folders, and the other folders in jux-reporter', () => {
    expect(storeFolders('/s')).toEqual({
      root: '/s',
      reports: '/s/reports',
      queue: '/s/queue',
      claims: '/s/jux-reporter/claims',
      quarantine: '/s/jux-reporter/quarantine',
      destinations: '/s/jux-reporter/destinations',
    })
  })
})

describe('parseHash', () => {
  it('accepts hashes with and without prefix in any case', () => {
    expect(parseHash(HASH)).toBe(HASH)
    expect(parseHash(`sha256:${HASH}`)).toBe(HASH)
    expect(parseHash(` ${HASH.toUpperCase()} `)).toBe(HASH)
  })

  it.each(['', '../x', 'ab', `${HASH}0`, `sha256:../${HASH.slice(3)}`, `${HASH.slice(1)}/`, 'g'.repeat(64)])(
    'refuses %j, so that no path outside the store can be made',
    (text) => {
      expect(() => parseHash(text)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', reason: 'hash' }))
    },
  )
})
