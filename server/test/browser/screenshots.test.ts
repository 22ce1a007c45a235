import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify, stripVTControlCharacters } from 'node:util'
import { expect, it } from 'vitest'
import { startRegistry } from '../../../test/support/registry.js'
import { createKey } from '../../src/access/keys.js'
import { testServer } from '../support/server.js'
import { follow, haveChromium, openChromium, openWatched } from './browser.js'
import { demoServer } from './demo-server.js'
import { drawTerminal, terminalSession } from './terminal.js'

/** The folder of the pictures. They are only taken when it is set. */
const FOLDER = process.env.JUX_SCREENSHOTS

it.skipIf(FOLDER === undefined || !haveChromium())(
  'the screenshots of the documentation show the pages without console errors',
  async () => {
    const { server, latest, decision } = await demoServer()
    const empty = await testServer()
    const closed = await testServer({ trustLocal: false }, async (database) => {
      await createKey(database, { name: 'team', scope: 'read' }, Date.now())
    })
    const folder = FOLDER ?? ''
    mkdirSync(folder, { recursive: true })
    const browser = await openChromium()
    try {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, incidents } = await openWatched(browser, server.url, {
          colorScheme,
          viewport: { width: 1_200, height: 820 },
        })
        const take = async (name: string, path: string) => {
          await page.goto(server.url + path)
          await page.screenshot({ path: join(folder, `server-${name}-${colorScheme}.png`) })
        }
        await take('runs', '/')
        await take('run', `/runs/${latest}`)
        await take('tests', `/runs/${latest}/tests?status=failed`)
        await take('decision', `/decisions/${decision}`)
        await take('quarantine', '/projects/storefront/quarantine')
        await take('search', '/search?project=storefront&q=iban')
        await page.goto(`${server.url}/runs/${latest}`)
        const compare = await page.getByRole('link', { name: 'compare', exact: true }).getAttribute('href')
        await take('compare', `${compare}`)
        await take('projects', '/projects')
        await take('project', '/projects/storefront?branch=main')
        await follow(page, page.getByRole('link', { name: 'checkout > retries a lost connection' }).first())
        await page.screenshot({ path: join(folder, `server-test-${colorScheme}.png`) })
        expect(incidents).toEqual([])
        for (const [name, url] of [
          ['first-run', empty.url],
          ['sign-in', `${closed.url}/sign-in`],
        ] as const) {
          const other = await openWatched(browser, new URL(url).origin, {
            colorScheme,
            viewport: { width: 1_200, height: 820 },
          })
          await other.page.goto(url)
          await other.page.screenshot({ path: join(folder, `server-${name}-${colorScheme}.png`) })
          expect(other.incidents).toEqual([])
        }
      }
    } finally {
      await browser.close()
    }
  },
)

it.skipIf(FOLDER === undefined || !haveChromium())(
  'the picture of a terminal shows a run that is signed, verified and refused after a change',
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'jux-home-'))
    const browser = await openChromium()
    try {
      const { cwd, env } = await exampleIn(home)
      execFileSync('npx', ['jux', 'keygen', '--output', 'key.pem'], { cwd, env })

      const session = terminalSession(
        [
          'export JUX_KEY_PATH=key.pem JUX_STORAGE_PATH=.jux',
          'npx vitest run cart',
          'npx jux verify --public-key key.pub.pem .jux/reports',
          'sed s/release/main/ .jux/reports/*.xml > forged.xml',
          'npx jux verify --public-key key.pub.pem forged.xml',
        ],
        { cwd, env },
      )

      for (const text of ['4 passed', 'signed', 'valid', 'was changed after it was signed']) {
        expect(stripVTControlCharacters(session.toString())).toContain(text)
      }
      await drawTerminal(browser, session, join(FOLDER ?? '', 'terminal.png'))
    } finally {
      await browser.close()
      rmSync(home, { recursive: true, force: true })
    }
  },
)

/** Copies examples/vitest into a Git repository on the branch `release`, and runs `npm install`. */
async function exampleIn(home: string) {
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  const cwd = join(home, 'shop')
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    npm_config_update_notifier: 'false',
  }
  cpSync(join(root, 'examples', 'vitest'), cwd, { recursive: true, filter: (path) => !path.includes('node_modules') })
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], { cwd, env })
  writeFileSync(join(cwd, '.gitignore'), 'node_modules\npackage-lock.json\nkey*.pem\n.jux\nforged.xml\n')
  git('init', '--quiet', '--initial-branch=release')
  git('add', '.')
  git('commit', '--quiet', '--message=A shop')
  const registry = await startRegistry()
  try {
    await promisify(execFile)('npm', ['install', '--silent'], { cwd, env: { ...process.env, ...registry.env } })
  } finally {
    await registry.close()
  }
  return { cwd, env }
}
