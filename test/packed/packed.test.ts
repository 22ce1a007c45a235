import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasTool } from '../support/tools.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'jux-packed-'))
const home = join(folder, 'home')
const dir = join(folder, 'project')
const reports = join(home, 'data', 'jux', 'reports')
const world = {
  cwd: dir,
  encoding: 'utf8',
  env: {
    PATH: process.env.PATH,
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CONFIG_HOME: join(home, 'config'),
    npm_config_cache: process.env.npm_config_cache ?? npmCache(),
    NO_COLOR: '1',
  },
} as const

/** The machine's own download cache: a new one would fetch every package again. */
function npmCache(): string {
  return execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim()
}

function npx(args: readonly string[], env: Record<string, string> = {}) {
  return spawnSync('npx', ['--no-install', ...args], { ...world, env: { ...world.env, ...env } })
}

beforeAll(() => {
  mkdirSync(dir, { recursive: true })
  const tarball = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
  }).trim()
  const files = {
    'package.json': '{"name":"scratch","private":true}',
    'vitest.config.mjs': "export default { test: { reporters: ['default', 'jux-reporter/vitest'] } }\n",
    'jest.config.cjs':
      "module.exports = { testMatch: ['**/sum.jest.cjs'], reporters: ['default', 'jux-reporter/jest'] }\n",
    'sum.jest.cjs': "test('adds', () => expect(1 + 1).toBe(2))\n",
    'sum.test.mjs':
      "import { expect, it } from 'vitest'\nit('adds', () => expect(1 + 1).toBe(2))\nit('fails', () => expect(1).toBe(2))\n",
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  // The user's own settings of the registry apply, so this one call keeps the whole environment.
  execFileSync(
    'npm',
    ['install', '--silent', '--no-audit', '--no-fund', join(folder, tarball), 'vitest@4', 'jest@30'],
    {
      cwd: dir,
      stdio: 'inherit',
    },
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the packed tarball in a project of its own', () => {
  it('signs, stores and verifies a Vitest run, and xmlsec1 agrees', ({ skip }) => {
    expect(npx(['jux', 'keygen', '--output', 'key.pem']).status).toBe(0)

    const run = npx(['vitest', 'run'], { JUX_KEY_PATH: 'key.pem' })

    expect(run.status).toBe(1)
    const [name = 'none'] = readdirSync(reports)
    const report = join(reports, name)
    const xml = readFileSync(report, 'utf8')
    const forged = join(folder, 'forged.xml')
    writeFileSync(forged, xml.replace('failures="1"', 'failures="0"'))
    const digest = /<ds:DigestValue>([^<]+)</.exec(xml)?.[1] ?? ''
    expect(statSync(report).mode & 0o777).toBe(0o600)
    expect(name).toBe(`${Buffer.from(digest, 'base64').toString('hex')}.xml`)
    expect(npx(['jux', 'verify', '--public-key', 'key.pub.pem', report]).status).toBe(0)
    expect(npx(['jux-reporter', 'verify', '--public-key', 'key.pub.pem', forged]).status).toBe(1)
    if (!hasTool('xmlsec1')) skip('xmlsec1 not found')
    const xmlsec = (file: string) =>
      spawnSync('xmlsec1', ['--verify', '--pubkey-pem', 'key.pub.pem', file], { cwd: dir }).status
    expect(xmlsec(report)).toBe(0)
    expect(xmlsec(forged)).not.toBe(0)
  })

  it('stores a Jest run too, found by its name in a CommonJS config', () => {
    const before = readdirSync(reports)

    const run = npx(['jest'], { JUX_KEY_PATH: 'key.pem' })

    const added = readdirSync(reports).filter((name) => !before.includes(name))
    expect(run.status).toBe(0)
    expect(added).toHaveLength(1)
    expect(npx(['jux', 'verify', '--public-key', 'key.pub.pem', join(reports, added[0] ?? 'none')]).status).toBe(0)
  })

  it('lists only what a user needs', () => {
    const [packed = '{}'] = [
      execFileSync('npm', ['pack', '--json', '--dry-run', '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8' }),
    ]
    const paths = packed.match(/"path": "[^"]+"/g)?.map((line) => line.slice(9, -1)) ?? []

    expect(paths.length).toBeGreaterThan(10)
    expect(
      paths.filter((path) => !/^(dist\/|schema\/|package\.json|README\.md|CHANGELOG\.md|LICENSE)/.test(path)),
    ).toEqual([])
  })
})
