import { describe, expect, it } from 'vitest'
import { createPaint, showsColor, showsProgress } from '../src/terminal.js'

describe('showsColor', () => {
  it.each([
    ['a terminal', {}, true, true],
    ['a pipe', {}, false, false],
    ['NO_COLOR', { NO_COLOR: '1' }, true, false],
    ['an empty NO_COLOR', { NO_COLOR: '' }, true, true],
    ['TERM=dumb', { TERM: 'dumb' }, true, false],
    ['CI', { CI: 'true' }, true, false],
    ['CI=false', { CI: 'false' }, true, true],
    ['CI=0', { CI: '0' }, true, true],
    ['FORCE_COLOR on a pipe', { FORCE_COLOR: '1' }, false, true],
    ['FORCE_COLOR=true in CI', { FORCE_COLOR: 'true', CI: '1' }, false, true],
    ['FORCE_COLOR over NO_COLOR and TERM=dumb', { FORCE_COLOR: '3', NO_COLOR: '1', TERM: 'dumb' }, false, true],
    ['FORCE_COLOR=0 on a terminal', { FORCE_COLOR: '0' }, true, false],
    ['FORCE_COLOR=false on a terminal', { FORCE_COLOR: 'false' }, true, false],
    ['an empty FORCE_COLOR', { FORCE_COLOR: '' }, false, false],
  ])('is decided by %s: env %j, terminal %j, result %j', (_, env, isTerminal, expected) => {
    expect(showsColor(env, isTerminal)).toBe(expected)
  })
})

describe('createPaint', () => {
  it('returns text unchanged without color, and with escape codes otherwise', () => {
    expect(createPaint(false).bad('text')).toBe('text')
    expect(createPaint(true).bad('text')).toBe('\u001b[31mtext\u001b[0m')
  })
})

describe('showsProgress', () => {
  it.each([
    ['a terminal', {}, true, true],
    ['a pipe', {}, false, false],
    ['CI', { CI: '1' }, true, false],
    ['TERM=dumb', { TERM: 'dumb' }, true, false],
    ['FORCE_COLOR in a pipe', { FORCE_COLOR: '1' }, false, false],
    ['NO_COLOR on a terminal', { NO_COLOR: '1' }, true, true],
  ])('is decided by %s: env %j, terminal %j, result %j', (_, env, isTerminal, expected) => {
    expect(showsProgress(env, isTerminal)).toBe(expected)
  })
})
