/**
 * Paths of files as a report shows them: relative to the project, or to the repository around it.
 *
 * Names of suites and tests are made from the paths in the project, whatever the report shows.
 *
 * @module
 */
import { isAbsolute, posix, relative, sep } from 'node:path'
import type { Attachment, Location, ModuleResult } from '../model.js'

/** How paths are shown. */
export interface PathSettings {
  /**
   * Folder of the run in the repository, with `/` separators: comes before the paths of files. Empty for the root of the
   * repository. Default: paths are relative to the run's root.
   */
  readonly pathPrefix?: string | undefined
  /**
   * Folder of the run in the repository, for the owners of files: also where paths are shown relative to the project. Absent
   * outside of repositories.
   */
  readonly ownersFolder?: string | undefined
  /** Returns the owners of a file, by its path in the repository. */
  readonly ownersOf?: ((path: string) => string | undefined) | undefined
  /** Absolute folder that paths of attachments are written relative to. Default: as the paths of files. */
  readonly attachmentsFrom?: string | undefined
}

// A URL, a virtual module, or a path of Windows on another drive.
const WITH_SCHEME = /^(?:[A-Za-z][A-Za-z\d+.-]+:|[A-Za-z]:[\\/])/

/** Shows the paths of one file's results, or of what belongs to no file. */
export class FilePaths {
  readonly #rootDir: string
  readonly #settings: PathSettings
  readonly #folder: string

  /**
   * @param rootDir folder of the run
   * @param folder what the paths are relative to, as a path from `rootDir`
   */
  constructor(rootDir: string, settings: PathSettings, folder = '') {
    this.#rootDir = rootDir
    this.#settings = settings
    this.#folder = folder
  }

  /** The paths of a file's results. */
  of({ folder }: Pick<ModuleResult, 'folder'>): FilePaths {
    return folder === undefined ? this : new FilePaths(this.#rootDir, this.#settings, folder)
  }

  /** The path of a file. One outside of the repository, and what is no path, stays as it is. */
  file(path: string): string {
    return this.#shown(path, this.#folder)
  }

  /** The owners of a file; none for a file outside of the repository. */
  owners(path: string): string | undefined {
    const { ownersOf, ownersFolder } = this.#settings
    if (ownersOf === undefined || ownersFolder === undefined || path === '') return undefined
    const inRepository = repositoryPath(ownersFolder, this.#folder, path)
    return inRepository === undefined ? undefined : ownersOf(inRepository)
  }

  /** A location whose file is as the report shows it. */
  location(location: Location): Location {
    const { file } = location
    return file === undefined ? location : { ...location, file: this.file(file) }
  }

  /** Path of an attachment, with `/` separators; relative if it was absolute. */
  attachment({ path }: Attachment): string | undefined {
    if (path === undefined || path === '') return undefined
    const { attachmentsFrom } = this.#settings
    const plain = (isAbsolute(path) ? relative(attachmentsFrom ?? this.#rootDir, path) : path).replaceAll(sep, '/')
    return attachmentsFrom === undefined ? this.#shown(plain, '') : plain
  }

  #shown(path: string, folder: string): string {
    const { pathPrefix } = this.#settings
    return pathPrefix === undefined || path === '' ? path : (repositoryPath(pathPrefix, folder, path) ?? path)
  }
}

// Undefined outside of the repository, and for what is no path.
function repositoryPath(prefix: string, folder: string, path: string): string | undefined {
  if (isAbsolute(path) || WITH_SCHEME.test(path)) return undefined
  const joined = posix.join(prefix, folder, path)
  return joined === '..' || joined.startsWith('../') ? undefined : joined
}
