import { describe, expect, it } from 'vitest'
import { filled, leftOf } from '../support/filled-texts.js'
import { ordinaryTexts } from '../support/ordinary-texts.js'
import { secretPatterns } from '../support/places-list.js'
import { scrubbed } from '../support/secret-texts.js'

const SEEDS = ['1', '2', '3']

describe('scrub, secrets in logs, files and requests,', () => {
  it('are replaced: at least 95 of 100', () => {
    const all = secretPatterns.flatMap((pattern) => SEEDS.map((seed) => filled(pattern, seed)))
    const left = all.filter((text) => leftOf(text, scrubbed(text.text)))

    console.log(`${all.length - left.length} of ${all.length} secrets replaced`)
    expect(all.length).toBeGreaterThan(0)
    expect(left.length / all.length).toBeLessThanOrEqual(0.05)
  })

  it('leaves the ordinary output of tests and programs as it is', () => {
    const changed = ordinaryTexts.filter((text) => scrubbed(text) !== text)

    console.log(`${changed.length} of ${ordinaryTexts.length} ordinary texts changed`)
    expect(changed).toEqual([])
  })
})
