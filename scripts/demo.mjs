// A demo of all steps: a key, a test run, a signed report, its verification, and a forgery that is refused.
// All files are in .demo/ afterwards; nothing outside the checkout is changed.
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const demo = join(root, '.demo')
const project = join(demo, 'project')
const store = join(demo, 'store')
const key = join(demo, 'key.pem')
const publicKey = join(demo, 'key.pub.pem')
const jux = join(root, 'dist', 'cli', 'bin.js')
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const juxServer = join(root, 'server', 'dist', 'bin.js')
const serverData = join(demo, 'server')
const shown = (path) => relative(root, path)

if (!existsSync(jux)) fail('there is no build yet', 'run "npm run build" first')

rmSync(demo, { recursive: true, force: true })
cpSync(join(root, 'examples', 'vitest'), project, { recursive: true })
mkdirSync(join(project, 'node_modules'))
// As "npm install jux-reporter" would do.
symlinkSync(root, join(project, 'node_modules', 'jux-reporter'), 'junction')

say('1. Create a key', `jux keygen --output ${shown(key)}`)
run(jux, ['keygen', '--output', key], 0)

say(
  '2. Run the tests of examples/vitest; its configuration names the reporter, the environment names the key',
  'vitest run',
)
run(vitest, ['run'], 1, {
  cwd: project,
  env: { ...process.env, JUX_KEY_PATH: key, JUX_STORAGE_PATH: store },
})
console.log('(one test of the example fails, so Vitest ended with 1: a reporter does not change that)')

const [name] = readdirSync(join(store, 'reports')).filter((file) => file.endsWith('.xml'))
if (name === undefined) fail('no report was stored', `look into ${shown(store)}`)
const report = join(store, 'reports', name)

say('3. Verify the stored report with the public key', `jux verify --public-key ${shown(publicKey)} ${shown(report)}`)
run(jux, ['verify', '--public-key', publicKey, report], 0)
run(jux, ['inspect', report], 0)

const forged = join(demo, 'forged.xml')
const bytes = readFileSync(report)
const at = bytes.indexOf('failures="') + 'failures="'.length
console.log(`\nThe report says failures="${String.fromCharCode(bytes[at])}". Somebody changes that one byte to 0.`)
bytes[at] = '0'.charCodeAt(0)
writeFileSync(forged, bytes)

say('4. Verify the forgery', `jux verify --public-key ${shown(publicKey)} ${shown(forged)}`)
run(jux, ['verify', '--public-key', publicKey, forged], 1)

say(
  '5. Start the server, let it trust the key, and run the tests again with the results sent to it',
  `jux-server --data ${shown(serverData)}`,
)
run(juxServer, ['trust', 'add', publicKey, '--data', serverData], 0)
const server = spawn(process.execPath, [juxServer, '--port', '0', '--data', serverData], {
  stdio: ['ignore', 'ignore', 'pipe'],
})
try {
  const url = await waitForAddress(server)
  run(vitest, ['run', '--reporter=jux-reporter/vitest'], 1, {
    cwd: project,
    env: {
      ...process.env,
      JUX_KEY_PATH: key,
      JUX_STORAGE_PATH: store,
      JUX_STORAGE_MODE: 'both',
      JUX_API_URL: url,
      NO_PROXY: '127.0.0.1',
    },
  })
  await openRun(url)
} finally {
  server.kill()
}

console.log(`
The files:
  the report     ${shown(report)}
  the forgery    ${shown(forged)}
  the keys       ${shown(key)} (keep it secret), ${shown(publicKey)} (give it to those who verify)
  the project    ${shown(project)}
  the pages      node ${shown(juxServer)} --data ${shown(serverData)}, then open the address that it prints
`)

/** Waits until the server prints its address. */
function waitForAddress(child) {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stderr.on('data', (text) => {
      output += text
      const address = /"url":"([^"]+)"|listens on (\S+)/.exec(output)
      if (address) resolve(address[1] ?? address[2])
    })
    child.on('close', () => reject(new Error(`the server ended: ${output}`)))
  })
}

/** Finds the newest run, and checks what its page shows. */
async function openRun(url) {
  const response = await (await fetch(`${url}/api/v1/test_runs`)).json()
  const { id, project: name } = response.test_runs[0] ?? fail('the server has no run', `look at ${shown(serverData)}`)
  const address = `${url}/runs/${id}`
  const page = await fetch(address)
  const words = (await page.text()).replace(/<style.*?<\/style>|<[^>]+>/gs, ' ').replace(/\s+/g, ' ')
  for (const expected of [name, 'Failed', 'Trusted', 'is free from 50.00 on']) {
    if (!words.includes(expected)) fail(`${address} does not say "${expected}"`, `look at ${shown(serverData)}`)
  }
  console.log(`\nIts page, ${address}, says: ${name}, Failed, Trusted, and shows why "is free from 50.00 on" failed.`)
}

function say(title, command) {
  console.log(`\n\u2500\u2500 ${title}\n   $ ${command}\n`)
}

function run(script, args, expected, options = {}) {
  const { status, error } = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit', cwd: root, ...options })
  if (error) fail(error.message, 'see above')
  if (status !== expected) fail(`${shown(script)} ended with ${status}, expected ${expected}`, 'see above')
}

function fail(what, suggestion) {
  console.error(`error  ${what}\n  try  ${suggestion}`)
  process.exit(1)
}
