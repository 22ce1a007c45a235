import { describe, expect, it } from 'vitest'
import { preloadFlags } from '../src/run-mark.js'

describe('preloadFlags', () => {
  it('gives Node a URL, and Bun a path in quotes, because Bun takes no URL with escapes', () => {
    expect(preloadFlags('file:///my%20project/preload.js', '/my project/preload.js')).toEqual({
      NODE_OPTIONS: '--import=file:///my%20project/preload.js',
      BUN_OPTIONS: '"--preload=/my project/preload.js"',
    })
  })

  it('has no backslashes for Bun, which would be escapes', () => {
    expect(preloadFlags('file:///C:/a/preload.js', 'C:\\a\\preload.js').BUN_OPTIONS).toBe('"--preload=C:/a/preload.js"')
  })

  it('has no flag for Bun if the path has a quote, because Bun would not start', () => {
    expect(preloadFlags('file:///a%22/preload.js', '/a"/preload.js')).toEqual({
      NODE_OPTIONS: '--import=file:///a%22/preload.js',
    })
  })
})
