import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readGit } from '../../src/enrich/git.js'
import { realSystem } from '../../src/system.js'
import { temporaryFolder } from '../support/folders.js'
import { commitFile, GIT_WORLD, git, repository } from '../support/repository.js'
import { hasTool } from '../support/tools.js'

const read = (folder: string) => readGit(folder, realSystem())

beforeEach(() => {
  for (const [name, value] of Object.entries(GIT_WORLD)) vi.stubEnv(name, value)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

describe.skipIf(!hasTool('git'))('readGit', () => {
  it('tells commit, branch, status, remote, tag and author date', async () => {
    const folder = repository()
    git(folder, 'remote', 'add', 'fork', 'https://forge.example/fork/app.git')
    git(folder, 'remote', 'add', 'origin', 'https://me:s3cret@forge.example/org/app.git')
    git(folder, 'tag', 'v1.0')

    expect(await read(folder)).toEqual({
      commit: git(folder, 'rev-parse', 'HEAD'),
      parents: [],
      authorDate: '2026-01-02T03:04:05+05:30',
      branch: 'main',
      status: 'clean',
      remote: 'https://forge.example/org/app.git',
      tag: 'v1.0',
      root: git(folder, 'rev-parse', '--show-toplevel'),
      hints: [],
    })
  })

  it.each([
    ['a changed file', (folder: string) => writeFileSync(join(folder, 'a.txt'), 'two')],
    ['a new file', (folder: string) => writeFileSync(join(folder, 'b.txt'), 'new')],
    ['a removed file', (folder: string) => rmSync(join(folder, 'a.txt'))],
  ])('calls a tree with %s dirty, whatever the user prefers to see', async (_, change) => {
    const folder = repository()
    git(folder, 'config', 'status.showUntrackedFiles', 'no')
    change(folder)

    expect((await read(folder)).status).toBe('dirty')
  })

  it('never gives the literal HEAD as a branch', async () => {
    const folder = repository()
    git(folder, 'checkout', '--quiet', '--detach')

    const facts = await read(folder)

    expect(facts.branch).toBeUndefined()
    expect(facts.commit).toMatch(/^[0-9a-f]{40}$/)
  })

  it('tells a branch from a tag of the same name, and keeps its slashes', async () => {
    const folder = repository()
    git(folder, 'checkout', '--quiet', '-b', 'feature/origin/x')
    git(folder, 'tag', 'feature/origin/x')

    expect((await read(folder)).branch).toBe('feature/origin/x')
  })

  it('knows the branch of a repository without commits, and says so', async () => {
    const folder = temporaryFolder()
    git(folder, 'init', '--quiet', '--initial-branch=start')

    expect(await read(folder)).toMatchObject({
      branch: 'start',
      parents: [],
      hints: ['the repository has no commit yet'],
    })
  })

  it('knows the names of a SHA-256 repository', async () => {
    const folder = repository('--object-format=sha256')

    expect((await read(folder)).commit).toMatch(/^[0-9a-f]{64}$/)
  })

  it('reads a worktree', async () => {
    const folder = repository()
    const tree = join(temporaryFolder(), 'tree')
    git(folder, 'worktree', 'add', '--quiet', '-b', 'side', tree)

    expect(await read(tree)).toMatchObject({
      branch: 'side',
      status: 'clean',
      commit: git(folder, 'rev-parse', 'HEAD'),
    })
  })

  it('reads a submodule, and not the repository around it', async () => {
    const inner = repository()
    const outer = repository()
    git(outer, 'submodule', '--quiet', 'add', inner, 'lib')

    const facts = await read(join(outer, 'lib'))

    expect(facts.commit).toBe(git(inner, 'rev-parse', 'HEAD'))
    expect(facts.root).toBe(git(join(outer, 'lib'), 'rev-parse', '--show-toplevel'))
  })

  it('reads from a folder deep inside', async () => {
    const folder = repository()
    mkdirSync(join(folder, 'packages', 'a'), { recursive: true })

    expect((await read(join(folder, 'packages', 'a'))).branch).toBe('main')
  })

  it('names the parents of a merge that was checked out alone', async () => {
    const folder = repository()
    git(folder, 'checkout', '--quiet', '-b', 'feature')
    const head = commitFile(folder, 'b.txt', 'feature')
    git(folder, 'checkout', '--quiet', 'main')
    const base = commitFile(folder, 'c.txt', 'base')
    git(folder, 'merge', '--quiet', '--no-ff', '--message', 'merge', 'feature')
    const shallow = join(temporaryFolder(), 'shallow')
    git(folder, 'clone', '--quiet', '--depth=1', `file://${folder}`, shallow)

    expect((await read(shallow)).parents).toEqual([base, head])
  })

  it('is not misled by the variables of a hook that belongs to another repository', async () => {
    const folder = repository()
    const other = repository()
    commitFile(other, 'z.txt', 'z')
    vi.stubEnv('GIT_DIR', join(other, '.git'))
    vi.stubEnv('GIT_INDEX_FILE', join(other, '.git', 'index'))

    const facts = await read(folder)

    vi.stubEnv('GIT_DIR', undefined)
    vi.stubEnv('GIT_INDEX_FILE', undefined)
    expect(facts).toMatchObject({ commit: git(folder, 'rev-parse', 'HEAD'), status: 'clean' })
  })

  it("knows what the files say of another user's repository, and how to trust it", async () => {
    const folder = repository()
    git(folder, 'remote', 'add', 'origin', 'git@forge.example:org/app.git')
    git(folder, 'pack-refs', '--all')
    vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1')

    const facts = await read(folder)

    vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', undefined)
    expect(facts).toMatchObject({
      commit: git(folder, 'rev-parse', 'HEAD'),
      branch: 'main',
      remote: 'git@forge.example:org/app.git',
    })
    expect(facts.status).toBeUndefined()
    expect(facts.hints).toEqual([expect.stringContaining('git config --global --add safe.directory')])
  })

  it('runs nothing that the repository names', async () => {
    const folder = repository()
    const witness = join(folder, '.git', 'witness')
    const hook = join(folder, '.git', 'monitor.sh')
    writeFileSync(hook, `#!/bin/sh\ntouch ${witness}\n`)
    chmodSync(hook, 0o755)
    git(folder, 'config', 'core.fsmonitor', hook)

    await read(folder)

    expect(() => rmSync(witness)).toThrow()
  })

  it('knows what the files say on a machine without git', async () => {
    const folder = repository()
    git(folder, 'remote', 'add', 'origin', 'https://forge.example/org/app')
    const commit = git(folder, 'rev-parse', 'HEAD')
    vi.stubEnv('PATH', temporaryFolder())

    expect(await read(folder)).toMatchObject({
      commit,
      branch: 'main',
      remote: 'https://forge.example/org/app',
      hints: [expect.stringContaining('git is not installed')],
    })
  })

  it('does not wait for a git that hangs, nor for what it leaves behind', async () => {
    const folder = repository()
    const bin = temporaryFolder()
    writeFileSync(join(bin, 'git'), '#!/bin/sh\nsleep 30 &\nsleep 30\n')
    chmodSync(join(bin, 'git'), 0o755)
    vi.stubEnv('PATH', `${bin}:${process.env.PATH}`)
    const system = realSystem()
    const startMs = system.monotonicMs()

    const facts = await readGit(folder, system)

    expect(system.monotonicMs() - startMs).toBeLessThan(5_000)
    expect(facts).toMatchObject({ branch: 'main', hints: [expect.stringContaining('did not answer')] })
  })

  it('knows nothing outside a repository, and asks nobody', async () => {
    const system = { ...realSystem(), exec: () => Promise.reject(new Error('must not be asked')) }

    expect(await readGit(temporaryFolder(), system)).toEqual({ parents: [], hints: [] })
  })
})
