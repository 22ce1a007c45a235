import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { runProgram } from '../support/run-program.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const NEXT = '0.2.0'

it('the commands of docs/releasing.md set the next version in both packages, their link and the lockfile', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jux-release-'))
  try {
    mkdirSync(join(folder, 'server'))
    for (const file of ['package.json', 'package-lock.json', 'server/package.json']) {
      cpSync(join(ROOT, file), join(folder, file))
    }
    const page = readFileSync(join(ROOT, 'docs', 'releasing.md'), 'utf8')
    const block = /```sh\n(npm version [\s\S]*?)```/.exec(page)?.[1] ?? 'exit 1'
    // Its last line runs the tests of the repository, which the copy has not.
    const commands = block.replace('npx vitest run test/repository\n', '')

    const { status, stderr } = await runProgram('bash', ['-ec', commands], {
      cwd: folder,
      env: { ...process.env, npm_config_ignore_scripts: 'true' },
    })

    const json = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const [root, server, { packages }] = ['package.json', 'server/package.json', 'package-lock.json'].map(json)
    expect({ status, stderr }).toMatchObject({ status: 0 })
    expect(commands).not.toBe(block)
    expect([root.version, server.version, packages[''].version, packages.server.version]).toEqual(Array(4).fill(NEXT))
    expect([server.dependencies, packages.server.dependencies].map((one) => one['jux-reporter'])).toEqual(
      Array(2).fill(`^${NEXT}`),
    )
    expect(packages['node_modules/jux-reporter']).toEqual({ resolved: '', link: true })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
