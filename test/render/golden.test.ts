import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { renderWhole } from '../support/rendering.js'
import { everything } from '../support/runs.js'

const FOLDER = fileURLToPath(new URL('../../fixtures/junit/', import.meta.url))

/** Look at the difference, then `npx vitest run test/render/golden.test.ts -u`. */
describe('renderJunit', () => {
  it.each(['common', 'jenkins', 'ant'] as const)(
    'writes a run with a value in every field as fixtures/junit/everything-%s.xml, byte for byte',
    async (dialect) => {
      await expect(renderWhole(everything(), { dialect }).xml).toMatchFileSnapshot(
        join(FOLDER, `everything-${dialect}.xml`),
      )
    },
  )
})
