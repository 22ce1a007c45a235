import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { followPage, readPage, type Step } from './page.js'
import { createWorld, ROOT, type World } from './world.js'

/** Every page of the repository, except in fixtures. `JUX_DOCS=cli,server` selects some. */
const PAGES = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((page) => !page.startsWith('fixtures/'))
  .filter((page) => (process.env.JUX_DOCS ?? '').split(',').some((part) => page.includes(part)))

const steps: Step[] = []
let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(async () => {
  await world.close()
  console.log(summary())
})

describe('the documentation', () => {
  it.concurrent.each(PAGES)('works as written: %s', async (page) => {
    const done = await followPage(page, readPage(page), world)

    steps.push(...done)
    expect(done.filter(({ did, reason }) => did === 'not run' && reason === undefined)).toEqual([])
  })
})

function summary(): string {
  const count = (did: Step['did']) => `${steps.filter((step) => step.did === did).length} ${did}`
  const skipped = steps
    .filter(({ did }) => did === 'not run')
    .map(({ where, reason }) => `  not run: ${where}: ${reason}`)
  const counts = (['run', 'compared', 'written', 'shown', 'not run'] as const).map(count).join(', ')
  return [`documentation: ${PAGES.length} pages, ${steps.length} blocks: ${counts}`, ...skipped.sort()].join('\n')
}
