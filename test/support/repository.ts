/**
 * Real git repositories in temporary folders.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './folders.js'

/** No configuration of the machine, and the same commits in every run. */
export const GIT_WORLD: Readonly<Record<string, string>> = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_AUTHOR_DATE: '2026-01-02T03:04:05+05:30',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_COMMITTER_DATE: '2026-01-02T03:04:05+05:30',
}

/** Runs git in a folder and returns its output. */
export function git(folder: string, ...args: readonly string[]): string {
  const env = { ...process.env, ...GIT_WORLD }
  return execFileSync('git', ['-c', 'protocol.file.allow=always', ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim()
}

/** A repository with one commit on `main`. */
export function repository(...init: readonly string[]): string {
  const folder = temporaryFolder()
  git(folder, 'init', '--quiet', '--initial-branch=main', ...init)
  commitFile(folder, 'a.txt', 'one')
  return folder
}

/** Writes and commits a file and returns the commit. */
export function commitFile(folder: string, name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  git(folder, 'add', '--', name)
  git(folder, 'commit', '--quiet', '--message', `change ${name}`)
  return git(folder, 'rev-parse', 'HEAD')
}
