/**
 * A real nginx for tests, in front of one server.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from '../../../test/support/folders.js'

const START_TIMEOUT_MS = 10_000

/** Whether nginx is installed; prints one line when it is not. */
export function hasNginx(): boolean {
  if (spawnSync('nginx', ['-v']).error === undefined) return true
  if (process.env.JUX_REQUIRE_TOOLS === '1') throw new Error('nginx is required but not installed')
  console.log('did not run: nginx not found')
  return false
}

/** Starts nginx until the test ends. Returns its URL. */
export async function nginxFor(serverUrl: string, directives = ''): Promise<string> {
  const folder = temporaryFolder()
  const port = await freePort()
  mkdirSync(join(folder, 'tmp'))
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path tmp;`)
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid nginx.pid; error_log stderr;
events {}
http { access_log off; ${paths.join(' ')}
  server { listen 127.0.0.1:${port}; location / { proxy_pass ${serverUrl}; ${directives} } } }`,
  )
  const child = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.on('close', resolve))
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await ended
  })
  const url = `http://127.0.0.1:${port}`
  for (const until = Date.now() + START_TIMEOUT_MS; ; await delay(50)) {
    try {
      await fetch(`${url}/healthz`)
      return url
    } catch (cause) {
      if (Date.now() > until || child.exitCode !== null) throw new Error('nginx did not start', { cause })
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
