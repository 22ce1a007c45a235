import type { System } from '../../src/system.js'

/** A system with fixed values, for golden files and for tests that depend on the clock. */
export function fixedSystem(parts: Partial<Omit<System, 'now'>> & { now?: string } = {}): System & { slept: number[] } {
  const { now = '2026-01-01T00:00:00.000Z', ...rest } = parts
  const slept: number[] = []
  return {
    now: () => new Date(now),
    monotonicMs: () => 0,
    env: {},
    platform: 'linux',
    arch: 'x64',
    osRelease: '6.1.0',
    homeDir: '/home/dev',
    dataDir: '/home/dev/.local/share/jux',
    cwd: '/repo',
    hostname: 'host',
    username: 'dev',
    uid: 1000,
    pid: 4242,
    nodeVersion: '20.19.0',
    uuid: () => '00000000-0000-4000-8000-000000000000',
    exec: (command) => Promise.reject(new Error(`${command}: not available in this test`)),
    sleep: (ms) => {
      slept.push(ms)
      return Promise.resolve()
    },
    after: (ms, action) => {
      const timer = setTimeout(action, ms)
      return () => clearTimeout(timer)
    },
    ...rest,
    slept,
  }
}
