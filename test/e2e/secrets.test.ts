import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { json, startServer } from '../support/http-server.js'
import { git } from '../support/repository.js'
import { scratchProject } from '../support/scratch.js'
import { hasTool } from '../support/tools.js'

/** Letters and digits that are the same in every run and have no meaning. */
function random(seed: string, length: number): string {
  let text = ''
  for (let round = 0; text.length < length; round++) {
    text += createHash('sha256')
      .update(`${seed}/${round}`)
      .digest('base64')
      .replaceAll(/[^A-Za-z0-9]/g, '')
  }
  return text.slice(0, length)
}

const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))

/** Values that are secret by the names of their variables only. */
const inEnvironment = Object.fromEntries(
  many(60, (index) => {
    const name = [
      'SERVICE_TOKEN',
      'DB_PASSWORD',
      'apiKey',
      'CLIENT_SECRET',
      'npm_config__authToken',
      'AWS_SECRET_ACCESS_KEY',
    ][index % 6]
    return [`P${index}_${name}`, `${random(`env${index}`, 12)}-${random(`e${index}`, 12)}`]
  }),
)

/** Joined here, so that a secret scanner does not report them in this file. */
const SHAPES: readonly ((seed: string) => string)[] = [
  (seed) => `ghp${'_'}${random(seed, 36)}`,
  (seed) => `glpat${'-'}${random(seed, 20)}`,
  (seed) => `npm${'_'}${random(seed, 36)}`,
  (seed) => `AKI${'A'}${random(seed, 40).toUpperCase().slice(0, 16)}`,
  (seed) => `xox${'b-'}${random(seed, 24)}`,
  (seed) => `sk${'_live_'}${random(seed, 24)}`,
  (seed) => `eyJ${random(seed, 20)}.eyJ${random(`${seed}b`, 40)}.${random(`${seed}c`, 43)}`,
  (seed) => `AIz${'a'}${random(seed, 35)}`,
]
const shaped = (group: string, count: number) =>
  many(count, (index) => SHAPES[index % SHAPES.length]?.(`${group}${index}`) ?? '')

const whole = shaped('whole', 24)
const split = shaped('split', 16)
const painted = shaped('painted', 16)
const thrown = shaped('thrown', 24)
const compared = shaped('compared', 8)
const inUrls = many(16, (index) => random(`url${index}`, 18))
const inHeaders = many(14, (index) => `${random(`header${index}`, 20)}1`)
const inOptions = many(10, (index) => random(`option${index}`, 18))
const inFile = many(10, (index) => random(`file${index}`, 18))
const inRemote = random('remote', 24)
const apiKey = random('apiKey', 30)
const planted = [
  ...Object.values(inEnvironment),
  ...whole,
  ...split,
  ...painted,
  ...thrown,
  ...compared,
  ...inUrls,
  ...inHeaders,
  ...inOptions,
  ...inFile,
  inRemote,
  apiKey,
]

const SPEC = `
import { expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
const given = JSON.parse(readFileSync(new URL('./given.json', import.meta.url), 'utf8'))
const env = Object.entries(process.env).filter(([name]) => /^P\\d+_/.test(name))
it('prints', async () => {
  for (const [name, value] of env) console.log(name, value, { nested: { [name]: value } })
  for (const text of [...given.whole, ...given.options, ...given.file]) console.error('found ' + text + ' here')
  for (const text of given.urls) console.log('connecting to postgres://app:' + text + '@db.example:5432/shop')
  for (const text of given.headers) console.log({ headers: { authorization: 'Bearer ' + text } }, 'X-API-Key: ' + text)
  for (const text of given.painted) console.log(text.slice(0, 9) + '\\u001b[1m' + text.slice(9, 14) + '\\u001b[22m' + text.slice(14))
  for (const text of given.split) {
    console._stdout.write(' ' + text.slice(0, 7))
    await new Promise((resolve) => setTimeout(resolve, 3))
    console._stdout.write(text.slice(7) + ' ')
  }
})
for (const [index, text] of given.thrown.entries()) {
  it('throws ' + index + ' ' + text, { meta: { note: text } }, () => {
    throw new Error('refused ' + text, { cause: new TypeError('inner ' + text) })
  })
}
it.each(given.compared)('compares', (text) => {
  expect({ token: text }).toEqual({ token: 'other' })
})
it('quotes the environment', () => {
  expect(env.map(([, value]) => value).join(' ')).toBe('')
})
`

const CONFIG = `
import { readFileSync } from 'node:fs'
const given = JSON.parse(readFileSync(new URL('./given.json', import.meta.url), 'utf8'))
export default {
  test: {
    reporters: [['jux-reporter/vitest', { storageMode: 'both', verbose: true, scrubValues: given.options, properties: { note: given.whole[0] } }]],
  },
}
`

// One of them is in the URL of a git remote.
describe.skipIf(!hasTool('git'))('200 planted secrets', () => {
  it('are not in the report, the store, the request and the output', async () => {
    const server = await startServer(json(201, { test_run_id: '7', message: 'created' }))
    const given = {
      whole,
      split,
      painted,
      thrown,
      compared,
      urls: inUrls,
      headers: inHeaders,
      options: inOptions,
      file: inFile,
    }
    const project = scratchProject({
      'given.json': JSON.stringify(given),
      'planted.test.js': SPEC,
      'vitest.config.js': CONFIG,
      '.jux.conf': `[jux]\napi_key = ${apiKey}\nscrub_patterns = ${inFile.join('|')}\n`,
    })
    git(project.dir, 'init', '--quiet')
    git(project.dir, 'remote', 'add', 'origin', `https://build:${inRemote}@forge.example/acme/shop.git`)

    const { stdout, stderr } = await project.vitest(['run'], {
      ...inEnvironment,
      JUX_API_URL: server.url,
      JUX_DEBUG: '1',
    })

    const [path = ''] = project.reports()
    const xml = readFileSync(path, 'utf8')
    const places = {
      xml,
      body: server.received.map(({ body }) => body.toString('utf8')).join('\n'),
      printed: stdout + stderr,
    }
    const leaks = Object.entries(places).flatMap(([place, text]) =>
      planted
        .filter((secret) => text.includes(secret.slice(0, 20)) || text.includes(secret.slice(-12)))
        .map((secret) => `${place}: ${secret}`),
    )
    expect(planted).toHaveLength(200)
    expect(new Set(planted).size).toBe(200)
    expect(server.received).toHaveLength(1)
    expect(stderr).toContain('sent    created as 7')
    expect(leaks).toEqual([])
    expect(xml).toMatch(/name="jux:scrubbed" value="authorization=\d+ /)
    expect(xml).toContain('<property name="git:remote" value="https://forge.example/acme/shop.git">')
  }, 60_000)
})
