/**
 * The results of runs that have not ended, on the disk: a program that is killed loses none of them.
 *
 * `<store>/jux-reporter/witness/<owner>.<number>.jsonl` has a line with the facts of the run, and one for each file.
 *
 * @module
 */
import { closeSync, readdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createFile, deleteFile, makeFolders, renameFile } from '../disk.js'
import { errnoOf } from '../errors.js'
import { readInputFileSync } from '../input-file.js'
import { ownerState, ownOwner } from './owner.js'

const SUFFIX = '.jsonl'
/** A file of a run that is being recovered. */
const TAKEN = '.recovering'
/** `<owner>.<number>.jsonl`, and who recovers it. */
const NAME = /^(([^.]+)\.[^.]+\.jsonl)(?:\.([^.]+)\.recovering)?$/
/** Most bytes of a spooled run. */
const MAX_SPOOL_BYTES = 512 * 1024 * 1024

/** A run that is written to the disk line by line. */
export class Spool {
  readonly path: string
  #file: number | undefined

  /**
   * Creates a file.
   *
   * @param root of the store
   * @param number different for each run of this process
   * @throws the system error
   */
  constructor(root: string, number: string) {
    const folder = folderOf(root)
    makeFolders(folder, 0o700)
    this.path = join(folder, `${ownOwner()}.${number}${SUFFIX}`)
    this.#file = createFile(this.path, 0o600)
  }

  /** @throws the system error */
  write(line: unknown): void {
    if (this.#file === undefined) return
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
    for (let start = 0; start < bytes.length; ) start += writeSync(this.#file, bytes, start)
  }

  /** Removes the file: its report is elsewhere. */
  delete(): void {
    if (this.#file === undefined) return
    closeSync(this.#file)
    this.#file = undefined
    deleteFile(this.path)
  }
}

/** A run whose program is gone. */
export interface LostRun {
  readonly path: string
  /** The lines that are complete. */
  readonly lines: readonly unknown[]
  /** Removes the file: its report is elsewhere. */
  delete(): void
}

/** Takes the runs whose programs are gone; no other process gets them. */
export function* takeLostRuns(root: string): Generator<LostRun> {
  const folder = folderOf(root)
  for (const name of namesIn(folder)) {
    const [, first = '', owner = '', taker] = NAME.exec(name) ?? []
    if (ownerState(taker ?? owner) !== 'gone') continue
    const taken = join(folder, `${first}.${ownOwner()}${TAKEN}`)
    try {
      renameFile(join(folder, name), taken)
    } catch (error) {
      // Another process was faster.
      if (errnoOf(error) === 'ENOENT') continue
      throw error
    }
    yield { path: taken, lines: readLines(taken), delete: () => deleteFile(taken) }
  }
}

function folderOf(root: string): string {
  return join(root, 'jux-reporter', 'witness')
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => NAME.test(name))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return []
    throw error
  }
}

// The last line may be incomplete.
function readLines(path: string): readonly unknown[] {
  const texts = readInputFileSync(path, MAX_SPOOL_BYTES).toString('utf8').split('\n')
  return texts.flatMap((text): unknown[] => {
    try {
      return [JSON.parse(text)]
    } catch {
      return []
    }
  })
}
