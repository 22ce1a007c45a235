import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/folders.js'
import { report } from './support/reports.js'
import { testServer } from './support/server.js'

/** The client of pytest-jux, if it is installed: `JUX_PUBLISH_PY=/path/to/venv/bin/jux-publish`. */
const CLIENT = process.env.JUX_PUBLISH_PY ?? ''
const installed = existsSync(CLIENT)
if (!installed) console.log('did not run: the client of pytest-jux (JUX_PUBLISH_PY) not found')

describe.skipIf(!installed)('jux-publish of pytest-jux', () => {
  it.each(['', '/api', '/api/v1'])('submits to jux-server when the path of the URL is "%s"', async (tail) => {
    const server = await testServer()
    const home = temporaryFolder()
    const file = join(home, 'report.xml')
    writeFileSync(file, report())
    const child = spawn(CLIENT, ['-f', file, '--api-url', `${server.url}${tail}`, '--json'], {
      env: { PATH: process.env.PATH, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))

    const id = (await server.get('/api/v1/test_runs')).at('test_runs', 0, 'id')
    expect(code).toBe(0)
    expect(JSON.parse(text)).toMatchObject({ success: true, results: [{ test_run_id: id, error: null }] })
  })
})
