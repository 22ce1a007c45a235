/**
 * Calls the functions of the options in the process that has them, so that another process can make the report.
 *
 * @module
 */
import { examineConfig } from '../config/load.js'
import type { Settings } from '../config/table.js'
import { factsWithoutGit } from '../enrich/facts.js'
import { messageOf } from '../errors.js'
import type { NameParts, NameTemplate, TestRun } from '../model.js'
import { composeReport, shownPaths } from '../pipeline.js'
import { refusePromise } from '../returned.js'
import { textScrubber } from '../scrub/scrub.js'
import { type FunctionResult, type FunctionResults, type FunctionSetting, functionKey } from '../witness/protocol.js'
import type { SessionInput } from './session-interface.js'

/** Calls the functions with all that a report of this run needs. */
export type FunctionCalls = (run: TestRun) => FunctionResults

/** Prepares the calls: a process that is exiting can load nothing. */
export function prepareCalls({ options, cwd, system }: SessionInput): FunctionCalls {
  const { settings } = examineConfig({ options, cwd, system })
  const paths = shownPaths(settings, cwd, textScrubber(settings, system.env))
  return (run) => {
    const results = new Map<FunctionSetting, Map<string, FunctionResult>>()
    const recorded = recordingSettings(settings, results)
    // The report itself is not used: making it calls each function with the arguments that it gets elsewhere.
    composeReport(run, {
      settings: { ...settings, ...recorded, ...paths },
      facts: factsWithoutGit({ ...settings, ...recorded, rootDir: cwd }, system),
      signer: undefined,
      system,
    })
    return Object.fromEntries([...results].map(([name, calls]) => [name, Object.fromEntries(calls)]))
  }
}

type Functions = Pick<Settings, FunctionSetting>

function recordingSettings(
  { suiteName, className, testName, properties, testProperties }: Settings,
  results: Map<FunctionSetting, Map<string, FunctionResult>>,
): Functions {
  const record = <T>(name: FunctionSetting, key: string, call: () => T): T => {
    const calls = results.get(name) ?? new Map<string, FunctionResult>()
    results.set(name, calls)
    try {
      const value = call()
      refusePromise(value, /propert/i.test(name) ? 'an object' : 'a string')
      calls.set(key, asResult(value))
      return value
    } catch (error) {
      calls.set(key, { error: messageOf(error) })
      throw error
    }
  }
  const named = (name: FunctionSetting, template: NameTemplate | undefined): NameTemplate | undefined =>
    typeof template === 'function'
      ? (parts: NameParts) => record(name, functionKey(parts), () => template(parts))
      : template
  return {
    suiteName: named('suiteName', suiteName),
    className: named('className', className),
    testName: named('testName', testName),
    properties:
      typeof properties === 'function' ? (run) => record('properties', '', () => properties(run)) : properties,
    testProperties:
      testProperties &&
      ((test, module) =>
        record('testProperties', functionKey([module.id, test.id]), () => testProperties(test, module))),
  }
}

// What the report would have of the value.
function asResult(value: unknown): FunctionResult {
  try {
    return {
      value: JSON.parse(JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)) ?? 'null'),
    }
  } catch (error) {
    return { error: messageOf(error) }
  }
}
