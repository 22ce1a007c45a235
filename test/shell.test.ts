import { describe, expect, it } from 'vitest'
import { shellLine, shellWord } from '../src/shell.js'

describe('shellWord on Windows', () => {
  it.each([
    ['C:\\dev\\key.pem', 'C:\\dev\\key.pem'],
    ['C:\\Jo Do\\key.pem', '"C:\\Jo Do\\key.pem"'],
    ["it's", '"it\'s"'],
    ['a b\\', '"a b\\\\"'],
    ["$x's", "'$x''s'"],
    ['a&calc', '"a&calc"'],
  ])('quotes %s for PowerShell and cmd.exe', (word, quoted) => {
    expect(shellWord(word, 'win32')).toBe(quoted)
  })
})

describe('shellLine on Windows', () => {
  it.each([
    ['export JUX_A=b', '$env:JUX_A = "b"  # in cmd.exe: set JUX_A=b'],
    ['npx jux keygen && export JUX_A=b', 'npx jux keygen; $env:JUX_A = "b"  # in cmd.exe: set JUX_A=b'],
    ['export JUX_A="$OLD"; unset OLD', '$env:JUX_A = $env:OLD; Remove-Item Env:OLD'],
    ['ls -ld C:\\x', 'icacls C:\\x'],
    ['npx jux cache list', 'npx jux cache list'],
  ])('translates %s', (line, translated) => {
    expect(shellLine(line, 'win32')).toBe(translated)
    expect(shellLine(line, 'linux')).toBe(line)
  })
})
