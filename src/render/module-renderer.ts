/**
 * Renders the suites of single files, before the run has ended.
 *
 * @module
 */
import type { ModuleResult } from '../model.js'
import { CaseWriter } from './case-writer.js'
import { countModule } from './cases.js'
import { DEFAULT_DIALECT, dialectOf } from './dialects.js'
import { FilePaths } from './file-paths.js'
import type { RenderSettings } from './junit.js'
import { Names } from './names.js'
import { moduleSuite, type RenderedModule, SuiteWriter } from './suite-writer.js'
import { XmlWriter } from './writer.js'

/** Renders files one by one. */
export class ModuleRenderer {
  readonly #pieces: Uint8Array[] = []
  readonly #names: Names
  readonly #writer: XmlWriter
  readonly #suites: SuiteWriter
  readonly #paths: FilePaths

  /**
   * @param settings without functions as name templates, whose results may depend on the order of the calls
   * @param rootDir folder of the run
   */
  constructor(settings: RenderSettings, rootDir: string) {
    const dialect = dialectOf(settings.dialect ?? DEFAULT_DIALECT)
    this.#names = new Names(settings)
    this.#writer = new XmlWriter({ write: (bytes) => this.#pieces.push(bytes.slice()) }, [])
    this.#suites = new SuiteWriter(this.#writer, dialect, new CaseWriter(this.#writer, dialect, this.#names))
    this.#paths = new FilePaths(rootDir, settings)
  }

  /** Renders one file. */
  render(module: ModuleResult): RenderedModule {
    this.#names.clear()
    // An earlier file that could not be rendered may have left a part.
    this.#writer.flush()
    this.#pieces.length = 0
    const { cases, output, namedFile, project, shared, paths, ...head } = moduleSuite(
      module,
      countModule(module),
      this.#names,
      this.#paths,
    )
    this.#suites.writeBody({ cases, output, namedFile, project, shared, paths, file: head.file })
    this.#writer.flush()
    const [only] = this.#pieces
    const body = this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces)
    return { head, body, classNames: this.#names.classNames }
  }
}
