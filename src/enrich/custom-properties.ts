/**
 * Adds the custom properties of a run and of its tests, without those that have the name of a fact.
 *
 * Custom properties come from functions, and the metadata of a file from its tests, so their names are known only at the end
 * of a run. A property with a reserved name is left out, and the user is told once.
 *
 * @module
 */
import { JuxError, messageOf } from '../errors.js'
import type { ModuleResult, Property, PropertySource, TestPropertySource, TestResult, TestRun } from '../model.js'
import { isReservedName, ownName, settingOfFact } from '../reserved-names.js'
import { refusePromise } from '../returned.js'

/** Longest list of names in a message. */
const MAX_NAMES = 5

/** Collects the reserved names that were used, by place. */
export class ReservedNameLog {
  readonly #names = new Map<string, Set<string>>()

  /** Returns the properties whose names are not reserved, and remembers the others. */
  filter(place: string, properties: readonly Property[], isReserved = isReservedName): readonly Property[] {
    return properties.filter(({ name }) => {
      if (!isReserved(name)) return true
      this.add(place, name)
      return false
    })
  }

  /** Remembers a name. */
  add(place: string, name: string): void {
    const names = this.#names.get(place) ?? new Set()
    this.#names.set(place, names.add(name))
  }

  /** Creates one error for each place. */
  problems(): readonly JuxError[] {
    return [...this.#names].map(([place, names]) => {
      const [first = ''] = names
      const list = [...names].slice(0, MAX_NAMES).join(', ')
      const more = names.size > MAX_NAMES ? ` and ${names.size - MAX_NAMES} more` : ''
      const setting = settingOfFact(first)
      return new JuxError('CONFIG_INVALID_VALUE', {
        message: `${list}${more} of ${place} is left out: custom properties cannot replace facts`,
        suggestions: [
          ...(setting === undefined ? [] : [`use the setting ${setting}`]),
          `use a name of your own, such as ${ownName(first)}`,
        ],
        reason: 'reserved-name',
      })
    })
  }
}

/** Returns the custom properties of a run; if the function throws, only `jux:properties_error` with its error. */
export function customProperties(run: TestRun, source: PropertySource, log: ReservedNameLog): readonly Property[] {
  try {
    const values = typeof source === 'function' ? source(run) : source
    refusePromise(values, 'an object')
    return log.filter('properties', toProperties(values))
  } catch (error) {
    return [{ name: 'jux:properties_error', value: messageOf(error) }]
  }
}

/**
 * Removes the metadata of files that have reserved names: a report has the metadata of its first file beside the facts about
 * the run. Other files stay the same objects.
 */
export function withoutReservedMetadata(run: TestRun, log: ReservedNameLog): TestRun {
  const hasReserved = ({ properties }: ModuleResult) => properties.some(({ name }) => isReservedName(name))
  if (!run.modules.some(hasReserved)) return run
  const modules = run.modules.map((module) =>
    hasReserved(module)
      ? { ...module, properties: log.filter(`the metadata of ${module.file}`, module.properties) }
      : module,
  )
  return { ...run, modules }
}

/**
 * Adds the custom properties of tests. Only the names of the facts about a test (`jux:`) are reserved there, because nothing in
 * a test case speaks for the run. Tests without custom properties stay the same objects.
 */
export function addTestProperties(run: TestRun, source: TestPropertySource, log: ReservedNameLog): TestRun {
  let problem: string | undefined
  const propertiesOf = (test: TestResult, module: ModuleResult): readonly Property[] => {
    try {
      const returned = source(test, module)
      refusePromise(returned, 'an object')
      const values = Object.entries(returned).flatMap(([name, value]) =>
        value === undefined ? [] : [{ name, value: String(value) }],
      )
      return log.filter('testProperties', values, isTestFact)
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

function isTestFact(name: string): boolean {
  return name.trim().toLowerCase().startsWith('jux:')
}

function toProperties(values: Readonly<Record<string, unknown>>): readonly Property[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined || name === '' ? [] : [{ name, value: String(value) }],
  )
}
