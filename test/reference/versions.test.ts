import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ROOT } from '../../scripts/docs/comments.js'
import { mentions, unknown } from './documents.js'

const manifest = z
  .object({
    engines: z.object({ node: z.string() }),
    peerDependencies: z.object({ jest: z.string(), vitest: z.string() }),
  })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))

/** `>=3.2.0` is 3.2. */
function oldest(range: string): string {
  return /^>=(\d+\.\d+)(?:\.\d+)?$/.exec(range)?.[1] ?? range
}

describe('the oldest versions in the documentation', () => {
  it.each([
    ['Vitest', 'Vitest', oldest(manifest.peerDependencies.vitest)],
    ['Jest', 'Jest', oldest(manifest.peerDependencies.jest)],
    ['Node', 'Node(?:\\.js)?', oldest(manifest.engines.node)],
  ])('of %s agree with package.json', (_, name, version) => {
    const [major = ''] = version.split('.')
    // A version with three parts is one that something was tested or measured with.
    const named = mentions(new RegExp(`\\b${name} (${major}\\.\\d+)(?![.\\d])`, 'g'))

    expect(named.length).toBeGreaterThan(0)
    expect(unknown(named, [version])).toEqual([])
  })
})
