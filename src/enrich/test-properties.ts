/**
 * Properties of the user's own on single tests, for runners that know no metadata: keys of issues, owners, tags.
 *
 * @module
 */
import { messageOf } from '../errors.js'
import type { ModuleResult, Property, TestPropertySource, TestResult, TestRun } from '../model.js'

/**
 * The run with those properties among its tests' metadata; tests without any are the same objects.
 *
 * A function that fails costs its own properties, not the report: the run's property `jux:test_properties_error` tells of the first failure.
 */
export function addTestProperties(run: TestRun, source: TestPropertySource | undefined): TestRun {
  if (source === undefined) return run
  let problem: string | undefined
  const propertiesOf = (test: TestResult, module: ModuleResult): readonly Property[] => {
    try {
      const values = source(test, module)
      return Object.entries(values).flatMap(([name, value]) =>
        value === undefined ? [] : [{ name, value: String(value) }],
      )
    } catch (error) {
      problem ??= messageOf(error)
      return []
    }
  }
  const modules = run.modules.map((module) => {
    const tests = module.tests.map((test) => {
      const added = propertiesOf(test, module)
      return added.length === 0 ? test : { ...test, meta: [...test.meta, ...added] }
    })
    return { ...module, tests }
  })
  const problems = problem === undefined ? [] : [{ name: 'jux:test_properties_error', value: problem }]
  return { ...run, modules, properties: [...run.properties, ...problems] }
}
