import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { RULES } from '../../src/gate/evaluate.js'
import { gateScene } from '../support/gate-scene.js'

describe('jux policy init', () => {
  it('writes a policy that can be used once its key is there, and never replaces a file unless --force is given', async () => {
    const { cwd, jux } = await gateScene()

    const first = await jux('policy', 'init', '--output', 'new.json')
    const again = await jux('policy', 'init', '--output', 'new.json')
    const forced = await jux('policy', 'init', '--output', 'new.json', '--force')

    expect(first).toMatchObject({ code: 0, out: 'wrote new.json\n' })
    expect(first.err).toContain('next: put the public key of your signer at keys/ci.pub.pem')
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('FILE_ALREADY_EXISTS') })
    expect(forced.code).toBe(0)
    const text = readFileSync(join(cwd, 'new.json'), 'utf8').replace('keys/ci.pub.pem', 'ci.pub.pem')
    writeFileSync(join(cwd, 'new.json'), text)
    expect(await jux('policy', 'check', 'new.json')).toMatchObject({ code: 0 })
  })

  it('names only the check as the next step if the key is there, beside the policy', async () => {
    const { cwd, jux } = await gateScene()
    mkdirSync(join(cwd, 'gate', 'keys'), { recursive: true })
    writeFileSync(join(cwd, 'gate', 'keys', 'ci.pub.pem'), readFileSync(join(cwd, 'ci.pub.pem')))

    const beside = await jux('policy', 'init', '--output', 'gate/new.json')
    const elsewhere = await jux('policy', 'init', '--output', 'new.json')

    expect(beside.err).toBe('next: npx jux policy check gate/new.json\n')
    expect(elsewhere.err).toContain(
      'put the public key of your signer at keys/ci.pub.pem, then run: npx jux policy check',
    )
    expect(await jux('policy', 'check', 'gate/new.json')).toMatchObject({ code: 0 })
  })
})

describe('jux policy check', () => {
  it('says what each rule of a policy demands', async () => {
    const { jux } = await gateScene()

    const { code, out } = await jux('policy', 'check', 'policy.json')
    const json = await jux('policy', 'check', 'policy.json', '--json')

    expect(code).toBe(0)
    expect(out).toContain('complete.min-tests      at least 4 different tests ran\n')
    expect(out).toContain('facts.runner            the tests ran in vitest 4.0 or later, below 6\n')
    // All but the demand for time stamps.
    expect(out.trimEnd().split('\n').at(-1)).toBe(`policy.json can be used: ${RULES.length - 1} rules`)
    expect(JSON.parse(json.out)).toMatchObject({ valid: true, file: 'policy.json' })
  })

  it('exits with 1 for a policy whose key is missing', async () => {
    const { cwd, jux } = await gateScene()
    writeFileSync(join(cwd, 'bad.json'), '{"version": 1, "trust": {"publicKeys": ["none.pem"]}}')

    const { code, out } = await jux('policy', 'check', 'bad.json', '--json')

    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ valid: false, code: 'KEY_NOT_FOUND' })
  })
})

describe('jux policy tests', () => {
  it('lists the tests that ran, which are a baseline that the same reports fulfil', async () => {
    const scene = await gateScene()

    const { code, out } = await scene.jux('policy', 'tests', 'policy.json', 'reports')

    expect(code).toBe(0)
    expect(out).toBe('cart.test.ts > adds\ncart.test.ts > removes\npage.test.ts > renders\npay.test.ts > pays\n')
    writeFileSync(join(scene.cwd, 'before.txt'), out)
    expect((await scene.verify()).code).toBe(0)
  })

  it('refuses a report that the policy does not trust', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { key: 'none' })

    expect(await scene.jux('policy', 'tests', 'policy.json', 'reports')).toMatchObject({ code: 1, out: '' })
  })
})
