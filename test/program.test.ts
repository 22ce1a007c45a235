import { describe, expect, it } from 'vitest'
import { programCall } from '../src/program.js'

const FILES: Readonly<Record<string, string>> = {
  'C:\\node\\npx.cmd': '@echo off',
  'C:\\Git\\cmd\\git.exe': 'MZ',
  'C:\\repo\\git.exe': 'MZ',
  'C:\\repo\\tool': '#!/usr/bin/env node\nrun()',
  'C:\\repo\\tool.mjs': 'run()',
}
const place = {
  platform: 'win32',
  env: { Path: '.;C:\\node;"C:\\Git\\cmd"', ComSpec: 'C:\\Windows\\cmd.exe' },
  cwd: 'C:\\repo',
  head: (path: string) => FILES[path],
} as const

describe('programCall', () => {
  it('leaves a command as it is on POSIX systems', () => {
    expect(programCall('npx', ['a b'], { ...place, platform: 'linux' })).toEqual({ file: 'npx', args: ['a b'] })
  })

  it('gives a .cmd file to cmd.exe on Windows, with every argument in quotes', () => {
    expect(programCall('npx', ['a b', 'x"&calc', '%PATH%', 'end\\'], place)).toEqual({
      file: 'C:\\Windows\\cmd.exe',
      args: [
        '/d',
        '/e:ON',
        '/v:OFF',
        '/s',
        '/c',
        '""C:\\node\\npx.cmd" "a b" "x""&calc" "%%cd:~,%PATH%%cd:~,%" "end\\\\""',
      ],
      windowsVerbatimArguments: true,
    })
  })

  it('refuses an argument with a line break for a .cmd file, because cmd.exe cannot pass it on', () => {
    expect(() => programCall('npx.cmd', ['a\nb'], place)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
  })

  it('finds git.exe in PATH, not in the working folder, and takes no relative folder of PATH', () => {
    expect(programCall('git', ['status'], place)).toEqual({ file: 'C:\\Git\\cmd\\git.exe', args: ['status'] })
  })

  it('gives a script to its interpreter on Windows', () => {
    expect(programCall('.\\tool', ['x'], place)).toEqual({ file: process.execPath, args: ['C:\\repo\\tool', 'x'] })
    expect(programCall('.\\tool.mjs', [], place)).toEqual({ file: process.execPath, args: ['C:\\repo\\tool.mjs'] })
  })

  it('gives a script of another interpreter to that program, with its flags, and the script first', () => {
    const files: Readonly<Record<string, string>> = {
      'C:\\repo\\a': '#!/usr/bin/env -S python3 -u\n',
      'C:\\repo\\b': '#! C:\\tools\\ruby\n',
      'C:\\py\\python3.exe': 'MZ',
    }
    const there = { ...place, env: { PATH: 'C:\\py', PATHEXT: ';.EXE' }, head: (path: string) => files[path] }

    expect(programCall('.\\a', ['x'], there)).toEqual({ file: 'C:\\py\\python3.exe', args: ['-u', 'C:\\repo\\a', 'x'] })
    expect(programCall('.\\b', [], there)).toEqual({ file: 'ruby', args: ['C:\\repo\\b'] })
  })

  it('leaves a program that is not found to the system, which has the error for it', () => {
    for (const program of ['', 'missing', '.\\missing'])
      expect(programCall(program, ['x'], { ...place, env: {} })).toEqual({ file: program, args: ['x'] })
    expect(programCall('missing', [], { platform: 'win32', env: { PATH: 'C:\\a' }, cwd: 'C:\\' }).file).toBe('missing')
  })

  it('uses cmd.exe without COMSPEC', () => {
    expect(programCall('npx', [], { ...place, env: { PATH: 'C:\\node' } }).file).toBe('cmd.exe')
  })
})
