/**
 * Decides what the paths of a test file are relative to: they never lead out of it.
 *
 * @module
 */
import { dirname, isAbsolute, relative, sep } from 'node:path'
import type { ModuleResult } from '../model.js'
import { relativeFile } from './errors.js'

/** The folders of a run. */
export interface Folders {
  /** Root of the run. */
  readonly rootDir: string
  /** Folder of the configuration, which may be above the root. Default: the root. */
  readonly projectDir?: string | undefined
}

/** A file, and the folder that it is relative to. */
export interface PlacedFile extends Pick<ModuleResult, 'file' | 'folder'> {
  /** Absolute. */
  readonly rootDir: string
}

/**
 * Places a test file: relative to the root, or outside of it, to the project's folder, or else to the nearest folder above
 * the root that contains the file.
 */
export function placeFile(path: string, { rootDir, projectDir = rootDir }: Folders): PlacedFile {
  const folder = !isAbsolute(path) || isIn(rootDir, path) ? rootDir : folderAbove(rootDir, projectDir, path)
  return {
    rootDir: folder,
    file: relativeFile(folder, path),
    folder: folder === rootDir ? undefined : relativeFile(rootDir, folder),
  }
}

function folderAbove(rootDir: string, projectDir: string, path: string): string {
  if (isIn(projectDir, path)) return projectDir
  for (let folder = rootDir; ; folder = dirname(folder)) {
    if (isIn(folder, path)) return folder
    // On Windows, another drive.
    if (dirname(folder) === folder) return rootDir
  }
}

/** Whether a path is a folder, or in it. */
export function isIn(folder: string, path: string): boolean {
  const below = relative(folder, path)
  return below !== '..' && !below.startsWith(`..${sep}`) && !isAbsolute(below)
}
