import { chmodSync, chownSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { folderInRepository, readGit, readGitFiles } from '../../src/enrich/git.js'
import { realSystem } from '../../src/system.js'
import { temporaryFolder } from '../support/folders.js'
import { commitFile, GIT_WORLD, git, repository } from '../support/repository.js'
import { fixedSystem } from '../support/system.js'
import { hasTool } from '../support/tools.js'

const read = (folder: string) => readGit(folder, realSystem())

beforeEach(() => {
  for (const [name, value] of Object.entries(GIT_WORLD)) vi.stubEnv(name, value)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

describe.skipIf(!hasTool('git'))('readGit', () => {
  it('reads commit, branch, status, remote, tag and author date', async () => {
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
  ])('says dirty for a working tree with %s, also with status.showUntrackedFiles=no', async (_, change) => {
    const folder = repository()
    git(folder, 'config', 'status.showUntrackedFiles', 'no')
    change(folder)

    expect((await read(folder)).status).toBe('dirty')
  })

  it('finds no branch if HEAD is detached', async () => {
    const folder = repository()
    git(folder, 'checkout', '--quiet', '--detach')

    const facts = await read(folder)

    expect(facts.branch).toBeUndefined()
    expect(facts.commit).toMatch(/^[0-9a-f]{40}$/)
  })

  it('reads a branch with slashes that has the name of a tag', async () => {
    const folder = repository()
    git(folder, 'checkout', '--quiet', '-b', 'feature/origin/x')
    git(folder, 'tag', 'feature/origin/x')

    expect((await read(folder)).branch).toBe('feature/origin/x')
  })

  it('reads the branch of a repository without commits and says that it has none', async () => {
    const folder = temporaryFolder()
    git(folder, 'init', '--quiet', '--initial-branch=start')

    expect(await read(folder)).toMatchObject({
      branch: 'start',
      parents: [],
      hints: ['the repository has no commit yet'],
    })
  })

  it('reads the commit names of a SHA-256 repository', async () => {
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

  it('reads a submodule rather than the repository around it', async () => {
    const inner = repository()
    const outer = repository()
    git(outer, 'submodule', '--quiet', 'add', inner, 'lib')

    const facts = await read(join(outer, 'lib'))

    expect(facts.commit).toBe(git(inner, 'rev-parse', 'HEAD'))
    expect(facts.root).toBe(git(join(outer, 'lib'), 'rev-parse', '--show-toplevel'))
  })

  it('reads the repository that contains a nested folder', async () => {
    const folder = repository()
    mkdirSync(join(folder, 'packages', 'a'), { recursive: true })

    expect((await read(join(folder, 'packages', 'a'))).branch).toBe('main')
  })

  it('reads the parents of a merge in a checkout of depth 1', async () => {
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

  it('ignores the variables that git sets for a hook of another repository', async () => {
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

  it("knows nothing of another user's repository, and returns a hint with the command to trust it", async () => {
    const folder = repository()
    git(folder, 'remote', 'add', 'origin', 'git@forge.example:org/app.git')
    git(folder, 'pack-refs', '--all')
    vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1')

    const facts = await read(folder)

    vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', undefined)
    expect(facts).toEqual({
      parents: [],
      hints: [expect.stringContaining(`git config --global --add safe.directory ${folder}`)],
    })
  })

  it.runIf(process.getuid?.() === 0)(
    "knows nothing of another user's repository if git is not installed, or has no time to answer (needs root to change the owner)",
    async () => {
      const folder = repository()
      const missing = fixedSystem({
        exec: () => Promise.reject(Object.assign(new Error('no git'), { code: 'ENOENT' })),
      })
      const hints = [expect.stringContaining('belongs to another user')]
      vi.stubEnv('SUDO_UID', undefined)
      chownSync(join(folder, '.git'), 12_345, 12_345)

      expect(await readGit(folder, missing)).toEqual({ parents: [], hints })
      expect(readGitFiles(folder, 'the run ended')).toEqual({ parents: [], hints })

      vi.stubEnv('SUDO_UID', '12345')
      expect(readGitFiles(folder, 'the run ended')).toMatchObject({ branch: 'main', hints: ['the run ended'] })
    },
  )

  it('runs no program that the repository configures', async () => {
    const folder = repository()
    const witness = join(folder, '.git', 'witness')
    const hook = join(folder, '.git', 'monitor.sh')
    writeFileSync(hook, `#!/bin/sh\ntouch ${witness}\n`)
    chmodSync(hook, 0o755)
    git(folder, 'config', 'core.fsmonitor', hook)

    await read(folder)

    expect(() => rmSync(witness)).toThrow()
  })

  it('reads the files of the repository if git is not installed', async () => {
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

  it('does not wait for a git process that hangs, nor for its children', async () => {
    const folder = repository()
    const bin = temporaryFolder()
    writeFileSync(join(bin, 'git'), '#!/bin/sh\nsleep 30 &\nsleep 30\n')
    chmodSync(join(bin, 'git'), 0o755)
    vi.stubEnv('PATH', `${bin}:${process.env.PATH}`)
    const system = realSystem()
    const startMs = system.monotonicMs()

    const facts = await readGit(folder, system)

    expect(system.monotonicMs() - startMs).toBeLessThan(5_000)
    expect(facts).toMatchObject({ branch: 'main', hints: [expect.stringContaining('timed out')] })
  })

  it('returns no facts outside a repository, and does not run git', async () => {
    const system = { ...realSystem(), exec: () => Promise.reject(new Error('must not be asked')) }

    expect(await readGit(temporaryFolder(), system)).toEqual({ parents: [], hints: [] })
  })

  it.each([
    ['a placeholder of reftables', 'ref: refs/heads/.invalid'],
    ['a ref outside the repository', 'ref: refs/../../commit'],
    ['no ref and no commit', 'text'],
  ])('reads neither branch nor commit from files whose HEAD is %s', async (_, head) => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, '.git'))
    writeFileSync(join(folder, '.git', 'HEAD'), `${head}\n`)
    writeFileSync(join(folder, 'commit'), 'a'.repeat(40))
    vi.stubEnv('PATH', temporaryFolder())

    const { branch, commit } = await read(folder)

    expect({ branch, commit }).toEqual({})
  })
})

describe('folderInRepository', () => {
  /** A new folder with these folders in it, those with a `.git` as git makes it for a new repository. */
  function tree(...repositories: readonly string[]): string {
    const folder = realpathSync(temporaryFolder())
    mkdirSync(join(folder, 'packages', 'api', 'src'), { recursive: true })
    for (const path of repositories) {
      mkdirSync(join(folder, path, '.git'))
      writeFileSync(join(folder, path, '.git', 'HEAD'), 'ref: refs/heads/main\n')
    }
    return folder
  }

  it.each([
    ['', ''],
    ['packages', 'packages'],
    ['packages/api/src', 'packages/api/src'],
  ])('returns the path of the folder %j in its repository', (path, expected) => {
    expect(folderInRepository(join(tree(''), path))).toBe(expected)
  })

  it('returns nothing outside of repositories, and for a folder that does not exist', () => {
    expect(folderInRepository(join(tree(), 'packages'))).toBeUndefined()
    expect(folderInRepository(join(tree(), 'absent', 'too'))).toBeUndefined()
  })

  it('takes the nearest repository, and no empty folder named .git for one', () => {
    expect(folderInRepository(join(tree('', 'packages/api'), 'packages', 'api', 'src'))).toBe('src')

    const folder = tree('')
    mkdirSync(join(folder, 'packages', 'api', '.git'))
    expect(folderInRepository(join(folder, 'packages', 'api', 'src'))).toBe('packages/api/src')
  })

  it('follows symbolic links, as git does', () => {
    const folder = tree('')
    const link = join(temporaryFolder(), 'link')
    symlinkSync(join(folder, 'packages', 'api'), link, 'junction')

    expect(folderInRepository(join(link, 'src'))).toBe('packages/api/src')
  })

  it.skipIf(!hasTool('git'))('agrees with git in a repository, a worktree, a submodule and through a link', () => {
    const inner = repository()
    const outer = repository()
    git(outer, 'submodule', '--quiet', 'add', inner, 'lib')
    const side = join(temporaryFolder(), 'side')
    git(outer, 'worktree', 'add', '--quiet', '-b', 'side', side)
    const link = join(temporaryFolder(), 'link')
    symlinkSync(outer, link, 'junction')

    for (const root of [outer, join(outer, 'lib'), side, link]) {
      const folder = join(root, 'packages', 'api')
      mkdirSync(folder, { recursive: true })
      expect(`${folderInRepository(folder)}/`).toBe(git(folder, 'rev-parse', '--show-prefix'))
      expect(folderInRepository(folder)).toBe('packages/api')
    }
  })
})
