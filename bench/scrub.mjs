// Measures the scrubber on ordinary test output, on a long log, and on texts made to be slow; compares with another build.
//   node bench/scrub.mjs [folder of another dist]
import { pathToFileURL } from 'node:url'
import { createRun } from './content.mjs'
import { median } from './measure.mjs'

const ROUNDS = 9
const LOG_CHARACTERS = 10_000_000
const ADVERSARIAL_CHARACTERS = 1_000_000
const ENV = {
  API_TOKEN: 'split-secret-0123456789',
  DATABASE_URL: 'postgres://app:kR9-vTq2Lm7x@db.internal:5432/app',
  NPM_TOKEN: 'Zx81kQp9LmTr44vBnW02',
  HOME: '/home/dev',
}

/** Texts that make a careless expression slow, repeated to a length. */
const SLOW = {
  a: 'a',
  'begin key': '-----BEGIN PRIVATE KEY-----',
  authority: '://a:b',
  'at signs': '://u:p@',
  password: 'password=',
  'quoted password': 'password="',
  'escaped quotes': '\\"password\\":\\"',
  token: 'token',
  npm: 'npm_',
  pypi: 'pypi-',
  jwt: '.eyJ',
  'jwt body': 'eyJhbGciOi',
  curl: 'curl -u ',
  kty: '"kty":',
  percent: '%25',
  references: '&amp;',
  backslashes: '\\\\',
  unicode: '\\u0041',
  'line ends': 's\n',
  cookie: 'cookie: a=b; ',
  brackets: '<password>',
  dots: 'Ma.aaaaaa.',
  ansi: '\u001b[1mx',
  dashes: '--token ',
  netrc: 'machine a login b ',
  putty: 'Private-Lines: 1\nAAAA ',
  colon: '1234567890:AA',
  base64: 'c3BsaXQtc2VjcmV0LTAxMjM0NTY3ODk',
  known: 'split-secret-',
}

const run = (text) => ({
  ...createRun(0),
  modules: [],
  output: [{ stream: 'stdout', text }],
})

/** Loads the scrubber of a build, and returns a function that measures it in milliseconds. */
async function scrubberOf(folder) {
  const { scrub } = await import(new URL('scrub/scrub.js', folder).href)
  return (given) => {
    const started = performance.now()
    scrub(
      given,
      { limits: { reportBytes: Number.MAX_SAFE_INTEGER, moduleOutputCharacters: Number.MAX_SAFE_INTEGER } },
      ENV,
    )
    return performance.now() - started
  }
}

function log() {
  const lines = []
  let length = 0
  for (let index = 0; length < LOG_CHARACTERS; index++) {
    const line = [
      `2026-01-02T03:04:05.${String(index % 1000).padStart(3, '0')}Z INFO  request ${index} GET https://shop.example.com/items/${index}?page=2 200 in ${index % 90} ms`,
      `    at Object.<anonymous> (file:///srv/app/node_modules/.pnpm/pkg@1.2.3/node_modules/pkg/index.js:${index}:13)`,
      `DEBUG cache: 95% of keys kept, "state" is {"id":${index},"name":"item ${index}","passed":true}`,
      'The author passes the tests in the session; a key and a token are words of this line too.',
    ][index % 4]
    lines.push(line)
    length += line.length + 1
  }
  return lines.join('\n')
}

/** @param {readonly string[]} folders URLs of builds, the first is this one */
async function compare(folders) {
  const scrubbers = await Promise.all(folders.map(scrubberOf))
  const given = { '200 files x 50 tests': createRun(10_000), '10 MB of log': run(log()) }
  for (const [name, input] of Object.entries(given)) {
    const samples = scrubbers.map(() => [])
    for (let round = 0; round < ROUNDS; round++)
      for (const [index, measure] of scrubbers.entries()) samples[index].push(measure(input))
    const [own, other] = samples.map(median)
    const ratio = other === undefined ? '' : `; before ${other.toFixed(1)} ms, ratio ${(own / other).toFixed(2)}`
    console.log(`${name}: ${own.toFixed(1)} ms${ratio}`)
  }
  const plain = scrubbers[0](run('lorem ipsum '.repeat(ADVERSARIAL_CHARACTERS / 12)))
  console.log(`1 MB of words: ${plain.toFixed(1)} ms`)
  for (const [name, part] of Object.entries(SLOW)) {
    const once = scrubbers[0](run(part.repeat(ADVERSARIAL_CHARACTERS / part.length)))
    const more = scrubbers[0](run(part.repeat((4 * ADVERSARIAL_CHARACTERS) / part.length)))
    console.log(`${name}: 1 MB ${once.toFixed(0)} ms, 4 MB ${more.toFixed(0)} ms (${(more / once).toFixed(1)}x)`)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folders = [new URL('../build/', import.meta.url)]
  if (process.argv[2] !== undefined) folders.push(pathToFileURL(`${process.argv[2]}/`))
  await compare(folders)
}
