import { describe, expect, it } from 'vitest'
import { addTestProperties } from '../../src/enrich/test-properties.js'
import { aModule, aRun, aTest } from '../support/runs.js'

const run = aRun({
  modules: [aModule({ tests: [aTest({ title: 'PROJ-7 works', meta: [{ name: 'own', value: '1' }] }), aTest()] })],
})

describe('addTestProperties', () => {
  it('puts what the function returns behind the metadata of the test', () => {
    const { modules } = addTestProperties(run, ({ title }, { file }) => ({
      test_key: /PROJ-\d+/.exec(title)?.[0],
      file,
      ok: true,
    }))

    expect(modules[0]?.tests.map(({ meta }) => meta)).toEqual([
      [
        { name: 'own', value: '1' },
        { name: 'test_key', value: 'PROJ-7' },
        { name: 'file', value: 'test/a.test.ts' },
        { name: 'ok', value: 'true' },
      ],
      [
        { name: 'file', value: 'test/a.test.ts' },
        { name: 'ok', value: 'true' },
      ],
    ])
  })

  it('leaves tests without any as they are', () => {
    expect(addTestProperties(run, undefined)).toBe(run)
    expect(addTestProperties(run, () => ({})).modules[0]?.tests[0]).toBe(run.modules[0]?.tests[0])
  })

  it('survives a function that fails, and says so', () => {
    const { modules, properties } = addTestProperties(run, ({ title }) => {
      if (title !== 'works') throw new Error('no key')
      return { a: 1 }
    })

    expect(modules[0]?.tests[1]?.meta).toEqual([{ name: 'a', value: '1' }])
    expect(properties).toEqual([{ name: 'jux:test_properties_error', value: 'no key' }])
  })
})
