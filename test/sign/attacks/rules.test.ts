import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { XML_REASONS } from '../../../src/reasons.js'
import { VERIFICATION_REASONS, type verifyReport } from '../../../src/sign/verify.js'
import { sharedFolder } from '../../support/folders.js'
import { compileInto, SUPPRESSED, SWITCH } from '../../support/instrumented.js'
import { allAttacks } from './all.js'
import { bombs } from './bombs.js'
import { type Attack, makeMaterial } from './corpus.js'

const material = await makeMaterial()
const attacks = await allAttacks(material)
const RULES = [...new Set(attacks.map(({ expected }) => expected))]
/** Rules that are tested with the bombs. */
const LIMITS = new Set<string>(bombs(material).map(({ expected }) => expected))

const folder = sharedFolder()
let softVerify: typeof verifyReport

beforeAll(async () => {
  compileInto(folder, { switched: true })
  const module: { verifyReport: typeof verifyReport } = await import(
    /* @vite-ignore */ pathToFileURL(join(folder, 'sign/verify.js')).href
  )
  softVerify = module.verifyReport
})

function outcome({ report, trust, options }: Attack): string {
  Reflect.set(globalThis, SUPPRESSED, 0)
  try {
    softVerify(Buffer.from(report), trust ?? material.trust, options)
    return 'accepted'
  } catch (error) {
    return error instanceof Error && 'reason' in error ? String(error.reason) : 'crashed'
  }
}

function outcomesWithout(rule: string | undefined, suite: readonly Attack[]): string[] {
  Reflect.set(globalThis, SWITCH, rule)
  try {
    return suite.map(outcome)
  } finally {
    Reflect.deleteProperty(globalThis, SWITCH)
  }
}

describe('the attacks, with one rule of verifyReport switched off', () => {
  it('are refused for the expected reasons while every rule is on', () => {
    expect(outcomesWithout(undefined, attacks)).toEqual(attacks.map(({ expected }) => expected))
  })

  it.each(RULES)('are not refused for the reason %s when its rule is off', (rule) => {
    const concerned = attacks.filter(({ expected }) => expected === rule)

    expect(outcomesWithout(rule, concerned)).not.toContain(rule)
  })

  it('cover every rule, together with the bombs', () => {
    const rules = [...Object.keys(VERIFICATION_REASONS), ...Object.keys(XML_REASONS)]

    expect(rules.filter((rule) => !RULES.some((known) => known === rule) && !LIMITS.has(rule))).toEqual([])
  })

  it('contain for at least 20 rules a report that is accepted when the rule is off', () => {
    const accepted = RULES.filter((rule) =>
      outcomesWithout(
        rule,
        attacks.filter(({ expected }) => expected === rule),
      ).includes('accepted'),
    )
    console.log(`accepted without its rule (${accepted.length} of ${RULES.length}): ${accepted.join(', ')}`)
    console.log(`refused for another reason: ${RULES.filter((rule) => !accepted.includes(rule)).join(', ')}`)

    expect(accepted.length).toBeGreaterThanOrEqual(20)
  })
})
