import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type ScratchProject, scratchProject } from '../support/scratch.js'
import { hasTool } from '../support/tools.js'

const hasXmllint = hasTool('xmllint')

const GREEN = { 'green.test.js': "import { expect, it } from 'vitest'\nit('adds', () => expect(1 + 1).toBe(2))\n" }
const RED = { 'red.test.js': "import { expect, it } from 'vitest'\nit('adds', () => expect(1 + 1).toBe(3))\n" }
const PROJECTS = { green: GREEN, red: RED }
const REPORTED = { 'vitest.config.js': "export default { test: { reporters: ['default', 'jux-reporter/vitest'] } }\n" }

const plain = new Map<string, Promise<number | null>>()

/** How the project ends without the reporter; run once per project. */
function statusWithout(color: keyof typeof PROJECTS): Promise<number | null> {
  const known =
    plain.get(color) ??
    scratchProject(PROJECTS[color])
      .vitest()
      .then(({ status }) => status)
  plain.set(color, known)
  return known
}

async function keyIn(project: ScratchProject): Promise<string> {
  const key = join(project.dir, 'key.pem')
  await project.jux(['keygen', '--type', 'ecdsa', '--output', key])
  return key
}

describe('JuxVitestReporter in a Vitest run', () => {
  it('stores a signed report, readable by its owner only, named by its content hash', async () => {
    const project = scratchProject({ ...GREEN, ...REPORTED })
    const key = await keyIn(project)

    const run = await project.vitest(['run'], { JUX_KEY_PATH: key })

    const [report = 'none'] = project.reports()
    const digest = /<ds:DigestValue>([^<]+)</.exec(readFileSync(report, 'utf8'))?.[1] ?? ''
    expect(run.status).toBe(0)
    expect(statSync(report).mode & 0o777).toBe(0o600)
    expect(report).toBe(join(project.reportsDir, `${Buffer.from(digest, 'base64').toString('hex')}.xml`))
    expect(run.stderr).toMatch(
      /jux {2}report {2}\S+\.xml\n +sha256 {2}[0-9a-f]{64}\n +signed {2}ECDSA P-256, key [0-9a-f]{16}\n/,
    )
  })

  it('stores a report that verifies, and that is refused after one character is changed', async () => {
    const project = scratchProject({ ...RED, ...REPORTED })
    const key = await keyIn(project)
    await project.vitest(['run'], { JUX_KEY_PATH: key })
    const [report = 'none'] = project.reports()
    const forged = join(project.dir, 'forged.xml')
    writeFileSync(forged, readFileSync(report, 'utf8').replace('failures="1"', 'failures="0"'))
    const verify = (file: string) => project.jux(['verify', '--public-key', join(project.dir, 'key.pub.pem'), file])

    expect((await verify(report)).status).toBe(0)
    expect((await verify(forged)).status).toBe(1)
  })

  it('stores a well-formed report for a title with control characters, terminal sequences and XML markup', async () => {
    const title = 'a\u001b[31mred\u001b[0m \u0000 \ud800 ]]> & <b> "q" \n \u{1f600}'
    const project = scratchProject({
      'hostile.test.js': `import { expect, it } from 'vitest'\nit(${JSON.stringify(title)}, () => expect(1).toBe(1))\n`,
      ...REPORTED,
    })
    const key = await keyIn(project)

    await project.vitest(['run'], { JUX_KEY_PATH: key })

    const [report = 'none'] = project.reports()
    const verified = await project.jux(['verify', '--public-key', join(project.dir, 'key.pub.pem'), report])
    expect(readFileSync(report, 'utf8')).toContain(
      'name="ared \\u0000 \\ud800 ]]> &amp; &lt;b> &quot;q&quot; &#xA; \u{1f600}"',
    )
    expect(verified.status).toBe(0)
    if (hasXmllint) await expect(promisify(execFile)('xmllint', ['--noout', report])).resolves.toBeDefined()
  })

  it('prints how to sign when no key is configured', async () => {
    const project = scratchProject({ ...GREEN, ...REPORTED })

    const run = await project.vitest()

    expect(run.stderr).toContain('signed  no (set JUX_KEY_PATH to sign; "npx jux keygen --output key.pem" makes a key)')
    expect(readFileSync(project.reports()[0] ?? 'none', 'utf8')).not.toContain('Signature')
  })
})

describe('the exit code of a Vitest run with JuxVitestReporter', () => {
  const troubles = {
    'nothing wrong': { env: () => ({}), code: undefined },
    'a missing key file': {
      env: (project: ScratchProject) => ({ JUX_KEY_PATH: join(project.dir, 'absent.pem') }),
      code: 'KEY_NOT_FOUND (201)',
    },
    'a key file of random bytes': {
      env: (project: ScratchProject) => {
        const noise = join(project.dir, 'noise.pem')
        writeFileSync(noise, Buffer.from([0xff, 0x00, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x80, 0x0a, 0xfe]), { mode: 0o600 })
        return { JUX_KEY_PATH: noise }
      },
      code: 'KEY_INVALID_FORMAT (202)',
    },
    'a store that cannot be written': {
      env: (project: ScratchProject) => {
        // A file where the folder should be: refused for every user, root included.
        const store = join(project.dir, 'store')
        writeFileSync(store, '')
        return { JUX_STORAGE_PATH: store }
      },
      code: /STORAGE_\w+ \(50\d\)/,
    },
    'a mistyped option': {
      env: () => ({ JUX_STORAGE_MODE: 'locl' }),
      code: 'CONFIG_INVALID_VALUE (403)',
    },
  }

  it('is 0 for a green and 1 for a red project without the reporter', async () => {
    expect(await statusWithout('green')).toBe(0)
    expect(await statusWithout('red')).toBe(1)
  })

  for (const [trouble, { env, code }] of Object.entries(troubles)) {
    it.each(['green', 'red'] as const)(`is the same with ${trouble} as without the reporter: %s`, async (color) => {
      const project = scratchProject({ ...PROJECTS[color], ...REPORTED })

      const run = await project.vitest(['run'], env(project))

      expect(run.status).toBe(await statusWithout(color))
      if (code === undefined) expect(run.stderr).not.toContain('error  ')
      else {
        expect(run.stderr).toMatch(/error {2}.+\n {2}try {2}.+\n/)
        expect(run.stderr).toMatch(code)
      }
    })
  }

  it('comes without a report when the configured key cannot be used', async () => {
    const project = scratchProject({ ...GREEN, ...REPORTED })
    mkdirSync(project.reportsDir, { recursive: true })

    await project.vitest(['run'], { JUX_KEY_PATH: join(project.dir, 'absent.pem') })

    expect(project.reports()).toEqual([])
  })

  it('is 1 under strict when the report could not be stored', async () => {
    const project = scratchProject({ ...GREEN, ...REPORTED, store: '' })
    chmodSync(join(project.dir, 'store'), 0o600)

    const run = await project.vitest(['run'], { JUX_STORAGE_PATH: join(project.dir, 'store'), JUX_STRICT: 'true' })

    expect(run.status).toBe(1)
  })

  it('is 1 under strict when the key cannot be used', async () => {
    const project = scratchProject({ ...GREEN, ...REPORTED })

    const run = await project.vitest(['run'], { JUX_KEY_PATH: 'absent.pem', JUX_STRICT: 'true' })

    expect(run.status).toBe(1)
  })
})
