import type { Config } from 'jest'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { ViteUserConfig } from 'vitest/config'
import type { JuxOptions } from '../../src/config/options.js'
import { aboutSetting, SETTING_NAMES, type Settings } from '../../src/config/table.js'
import type { FactsSettings } from '../../src/enrich/facts.js'
import type { RenderSettings } from '../../src/render/junit.js'
import type { ScrubSettings } from '../../src/scrub/scrub.js'
import type { StoreSettings } from '../../src/store/paths.js'

type Aliases = 'projectName' | 'publish' | 'submitTimeout' | 'submitRetries' | 'metadata'

/** Without readonly, so that lists compare by their members. */
type Plain<T> = T extends readonly (infer Item)[] ? Item[] : T

describe('JuxOptions', () => {
  it('has every setting of the schema and its aliases, and nothing else', () => {
    expectTypeOf<Exclude<keyof JuxOptions, Aliases>>().toEqualTypeOf<keyof Settings>()
    const aliases = SETTING_NAMES.flatMap((name) => aboutSetting(name).aliases)

    expect(aliases.sort()).toEqual(['metadata', 'projectName', 'publish', 'submitRetries', 'submitTimeout'])
  })

  it('gives every setting the type that the schema makes of it', () => {
    type Wrong = {
      [K in keyof Settings]-?: Plain<NonNullable<JuxOptions[K]>> extends Plain<NonNullable<Settings[K]>> ? never : K
    }[keyof Settings]

    expectTypeOf<Wrong>().toEqualTypeOf<never>()
    expect(SETTING_NAMES.length).toBeGreaterThan(40)
  })

  it('makes settings that every stage takes as they are', () => {
    expectTypeOf<Settings>().toExtend<FactsSettings & ScrubSettings & RenderSettings & StoreSettings>()
    expect(SETTING_NAMES).toContain('limits')
  })

  it('is what runners take beside the name of a reporter', () => {
    const options: JuxOptions = { storageMode: 'local' }
    const vitest: ViteUserConfig = { test: { reporters: [['jux-reporter/vitest', options]] } }
    const jest: Config = { reporters: [['jux-reporter/jest', options]] }

    expect([vitest.test?.reporters, jest.reporters]).toEqual([
      [['jux-reporter/vitest', { storageMode: 'local' }]],
      [['jux-reporter/jest', { storageMode: 'local' }]],
    ])
  })
})
