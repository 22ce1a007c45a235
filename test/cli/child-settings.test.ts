import { describe, expect, it } from 'vitest'
import { acceptedOptions, acceptedVariables } from '../../src/cli/run/child-settings.js'

describe('what the processes of a command may decide', () => {
  const options = { project: 'shop', keyPath: 'k.pem', apiUrl: 'https://x', storagePath: 's', apiKey: 'a', tags: ['t'] }

  it('is everything under the same account', () => {
    expect(acceptedOptions(options, false)).toEqual({ value: options, notices: [] })
    expect(acceptedVariables({ JUX_STORAGE_PATH: 's' }, {}, false)).toEqual({
      value: { JUX_STORAGE_PATH: 's' },
      notices: [],
    })
  })

  it('is only what describes the run under another account, and a line names each other option', () => {
    const { value, notices } = acceptedOptions(options, true)

    expect(value).toEqual({ project: 'shop', tags: ['t'] })
    expect(notices.map((line) => /option (\w+) .*write (.*) for jux run/.exec(line)?.slice(1))).toEqual([
      ['keyPath', '--key-path'],
      ['apiUrl', '--api-url'],
      ['storagePath', '--storage-path'],
      ['apiKey', 'export JUX_API_KEY=…'],
    ])
  })

  it('is only variables that describe the run or the task under another account', () => {
    const variables = { JUX_PROJECT: 'shop', JUX_API_URL: 'https://x', TURBO_HASH: 'h', JUX_TAGS: 'same' }

    const { value, notices } = acceptedVariables(variables, { JUX_TAGS: 'same' }, true)

    expect(value).toEqual({ JUX_PROJECT: 'shop', TURBO_HASH: 'h' })
    expect(notices).toEqual([
      'JUX_API_URL of the command does not count, because tests can change it; write --api-url for jux run',
    ])
  })

  it('is never a secret', () => {
    expect(acceptedVariables({ JUX_KEY: 'k' }, {}, false).value).toEqual({})
  })
})
