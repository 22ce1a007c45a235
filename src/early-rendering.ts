/**
 * Renders test files while the others still run, so that little is left to do when the run ends.
 *
 * The bytes are those that the whole run would be rendered to. Where that is not certain (names or properties from
 * functions, names that depend on other files, a changed environment, a report above its limit), the file or the whole run
 * is rendered at the end, from the runner's objects.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util'
import type { Settings } from './config/table.js'
import { withFewTests } from './gather/few-tests.js'
import type { ModuleResult } from './model.js'
import { ModuleRenderer } from './render/module-renderer.js'
import type { RenderedModule } from './render/suite-writer.js'
import { isReservedName } from './reserved-names.js'
import { moduleScrubber, type ScrubbedModule } from './scrub/scrub.js'
import type { Environment, System } from './system.js'

/** What is known of a file that is rendered already. */
export interface EarlyModule extends ScrubbedModule, RenderedModule {}

/** Returns what is known of a file that is rendered already; `undefined` for any other file. */
export type EarlyModules = (module: ModuleResult) => EarlyModule | undefined

/** The parts of the settings that it depends on. */
type EarlySettings = Parameters<typeof moduleScrubber>[0] &
  ConstructorParameters<typeof ModuleRenderer>[0] &
  Partial<Pick<Settings, 'properties' | 'testProperties'>>

/** Renders the files of one run, one by one. */
export class EarlyRenderer {
  readonly #settings: EarlySettings
  readonly #system: System
  readonly #onScrubbed: ((module: ModuleResult) => void) | undefined
  readonly #modules = new Map<ModuleResult, EarlyModule>()
  #stages: { readonly env: Environment; readonly scrub: ReturnType<typeof moduleScrubber> } | undefined
  #renderer: ModuleRenderer | undefined

  /** @param onScrubbed receives each file without its secrets */
  constructor(settings: EarlySettings, system: System, onScrubbed?: (module: ModuleResult) => void) {
    this.#settings = settings
    this.#system = system
    this.#onScrubbed = onScrubbed
  }

  /**
   * Renders a file.
   *
   * @param rootDir folder of the run
   * @returns the file for the run, with its failed and flaky tests and one test of each status; `undefined` if it must be
   *   rendered with the whole run
   */
  render(module: ModuleResult, rootDir: string): ModuleResult | undefined {
    const isWhole = dependsOnFunctions(this.#settings) || module.properties.some(({ name }) => isReservedName(name))
    if (isWhole && this.#onScrubbed === undefined) return undefined
    this.#stages ??= stagesFor(this.#settings, this.#system.env)
    const scrubbed = this.#stages.scrub(module)
    if (scrubbed !== undefined) this.#onScrubbed?.(scrubbed.module)
    if (scrubbed === undefined || isWhole) return undefined
    this.#renderer ??= new ModuleRenderer(this.#settings, rootDir)
    const { head, body, classNames } = this.#renderer.render(scrubbed.module)
    const rest = withFewTests(scrubbed.module)
    this.#modules.set(rest, { ...scrubbed, module: rest, head, body, classNames })
    return rest
  }

  /**
   * Returns the files rendered so far; `undefined` if there are none, or if the environment has changed since, because it
   * may have other secrets.
   */
  modules(): EarlyModules | undefined {
    if (this.#stages === undefined || !isDeepStrictEqual(this.#stages.env, { ...this.#system.env })) return undefined
    return (module) => this.#modules.get(module)
  }
}

function stagesFor(settings: EarlySettings, env: Environment) {
  return { env: { ...env }, scrub: moduleScrubber(settings, env) }
}

// A function may look at other files, or count its calls.
function dependsOnFunctions(settings: EarlySettings): boolean {
  const { suiteName, className, testName, properties, testProperties } = settings
  return [suiteName, className, testName, properties, testProperties].some((value) => typeof value === 'function')
}
