/**
 * `npm run docs`: writes the parts of the documentation that are generated from the sources.
 *
 *   npm run docs                      writes
 *   node scripts/docs.mjs --options   writes only the options type, which the build needs
 *   npm run docs -- --check           only prints which pages are out of date; exit code 1 if there is one
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createVitest } from 'vitest/node'

const { values } = parseArgs({ options: { check: { type: 'boolean' }, options: { type: 'boolean' } } })
const root = fileURLToPath(new URL('..', import.meta.url))
// The generators are TypeScript and read the sources; Vitest loads them as it loads the tests.
const vitest = await createVitest('test', { root, config: false, watch: false, reporters: [] })
try {
  // The options type comes first: the sources do not compile, and the reference cannot be made, without it.
  const { optionsPage } = await vitest.import(join(root, 'scripts', 'docs', 'options.ts'))
  const options = optionsPage()
  if (!values.check && options.text !== readText(join(root, options.path))) {
    writeFileSync(join(root, options.path), options.text)
    console.log(`wrote ${options.path}`)
  }
  if (!values.options) await writePages()
} finally {
  await vitest.close()
}

async function writePages() {
  const { generatedPages } = await vitest.import(join(root, 'scripts', 'docs', 'pages.ts'))
  const pages = await generatedPages()
  const changed = pages.filter(({ path, text }) => text !== readText(join(root, path)))
  if (values.check) {
    for (const { path } of changed) console.error(`${path} is out of date: npm run docs`)
    if (changed.length > 0) process.exitCode = 1
  } else {
    for (const { path, text } of changed) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
      console.log(`wrote ${path}`)
    }
  }
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
