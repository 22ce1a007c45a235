import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { examineConfig, isStrict, loadConfig } from '../../src/config/load.js'
import { type Scene, scene } from '../support/configuration.js'

describe('loadConfig', () => {
  it('has a default for everything that needs one, and says so', () => {
    const { settings, sources } = loadConfig(scene())

    expect(settings).toMatchObject({
      enabled: true,
      storageMode: 'local',
      apiTimeout: 30,
      apiMaxRetries: 3,
      deadline: 60,
    })
    expect(sources.storageMode).toBe('default')
    expect('keyPath' in settings).toBe(false)
  })

  it('prefers flag, environment, option, project file, package.json, user file, in this order', () => {
    const all: Scene = {
      flags: { project: 'flag' },
      env: { JUX_PROJECT: 'variable' },
      options: { project: 'option' },
      files: {
        '.jux.conf': '[jux]\nproject = file\n',
        'package.json': '{"jux": {"project": "manifest"}}',
        '~/.config/jux/config': '[jux]\nproject = user\n',
        '~/.jux/config': '[jux]\nproject = old user\n',
      },
    }
    const seen: (string | undefined)[] = []
    const take = (change: Partial<Scene>) => {
      Object.assign(all, change)
      seen.push(loadConfig(scene(all)).settings.project)
    }
    take({})
    take({ flags: {} })
    take({ env: {} })
    take({ options: undefined })
    take({ files: { ...all.files, '.jux.conf': '' } })
    take({ files: { ...all.files, 'package.json': '{}' } })
    take({ files: { ...all.files, '~/.config/jux/config': '' } })
    take({ files: {} })

    expect(seen).toEqual(['flag', 'variable', 'option', 'file', 'manifest', 'user', 'old user', undefined])
  })

  it('takes an empty variable for an unset one', () => {
    expect(loadConfig(scene({ env: { JUX_API_KEY: '' }, options: { apiKey: 'from-option' } })).settings.apiKey).toBe(
      'from-option',
    )
  })

  it('names key, value, source and accepted form of a bad value', () => {
    expect(() => loadConfig(scene({ env: { JUX_STORAGE_MODE: 'lokal' } }))).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID_VALUE',
        message: 'JUX_STORAGE_MODE must be local, api, both or cache, not "lokal"',
      }),
    )
  })

  it('names file and line of a bad value', () => {
    const input = scene({ files: { '.jux.conf': '# ours\n[jux]\nsign = no\napi_timeout = -3\n' } })

    expect(() => loadConfig(input)).toThrow(
      `api_timeout (${join(input.cwd, '.jux.conf')}:4) must be a number of seconds`,
    )
  })

  it('knows what an unknown option was meant to be', () => {
    expect(() => loadConfig(scene({ options: { keypath: 'x' } }))).toThrow('did you mean keyPath?')
    expect(() => loadConfig(scene({ env: { JUX_STORAGEMODE: 'api' } }))).toThrow('did you mean JUX_STORAGE_MODE?')
  })

  it('only mentions a variable that resembles none of ours', () => {
    expect(loadConfig(scene({ env: { JUX_SOMETHING_ELSE: '1' } })).notices.join()).toContain('JUX_SOMETHING_ELSE')
  })

  it('freezes what it gives', () => {
    expect(Object.isFrozen(loadConfig(scene()).settings)).toBe(true)
  })

  it('says that a run is strict although its configuration is wrong', () => {
    expect(isStrict(scene({ env: { JUX_STRICT: 'true', JUX_SIGN: 'perhaps' } }))).toBe(true)
  })

  it('reports every mistake of a configuration, not the first only', () => {
    const { problems } = examineConfig(
      scene({ env: { JUX_SIGN: 'perhaps' }, options: { storageMode: 1, nonsense: 2 } }),
    )

    expect(problems.map(({ reason }) => reason).sort()).toEqual(['bad-value', 'bad-value', 'unknown-key'])
  })
})
