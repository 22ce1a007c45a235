import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ownOwner } from '../../src/store/owner.js'
import { Spool, takeLostRuns } from '../../src/store/spool.js'
import { temporaryFolder } from '../support/folders.js'

/** The name, as an owner, of a process that has ended. */
function goneOwner(): string {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  return ownOwner().replace(/^\d+/, String(pid))
}

/** Writes what a killed process would leave. */
function leave(root: string, text: string, name = `${goneOwner()}.0.jsonl`): string {
  const folder = join(root, 'jux-reporter', 'witness')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const namesIn = (root: string) => readdirSync(join(root, 'jux-reporter', 'witness'))

describe('Spool', () => {
  it('has each line on the disk when it was written, readable by nobody else, and none after it was deleted', () => {
    const spool = new Spool(temporaryFolder(), '0')
    spool.write({ a: 'line\nfeed' })
    spool.write([1])

    expect(readFileSync(spool.path, 'utf8')).toBe('{"a":"line\\nfeed"}\n[1]\n')
    expect(statSync(spool.path).mode & 0o777).toBe(0o600)

    spool.delete()
    spool.delete()
    spool.write({ late: true })
    expect(() => statSync(spool.path)).toThrow('ENOENT')
  })

  it('creates no file over another', () => {
    const root = temporaryFolder()
    new Spool(root, '0')

    expect(() => new Spool(root, '0')).toThrow('EEXIST')
  })
})

describe('takeLostRuns', () => {
  it('takes the runs of processes that are gone, with the lines that are complete', () => {
    const root = temporaryFolder()
    leave(root, '{"run":1}\n{"module":2}\n{"modu')

    const taken = [...takeLostRuns(root)]

    expect(taken.map(({ lines }) => lines)).toEqual([[{ run: 1 }, { module: 2 }]])
    expect(namesIn(root)).toEqual([basename(taken[0]?.path ?? '')])
    taken[0]?.delete()
    expect(namesIn(root)).toEqual([])
  })

  it('takes a run again that the process which took it left behind', () => {
    const root = temporaryFolder()
    leave(root, '{"run":1}\n', `${goneOwner()}.0.jsonl.${goneOwner()}.recovering`)

    expect([...takeLostRuns(root)].map(({ lines }) => lines)).toEqual([[{ run: 1 }]])
  })

  it('leaves the runs of processes that live, and of other machines', () => {
    const root = temporaryFolder()
    new Spool(root, '0')
    leave(root, '{"run":1}\n', '1-2-0123456789ab.0.jsonl')
    leave(root, 'not a run', 'notes.txt')

    expect([...takeLostRuns(root)]).toEqual([])
    expect(namesIn(root)).toHaveLength(3)
  })

  it('gives each run to one process only, also if two look at the same time', () => {
    const root = temporaryFolder()
    for (const number of [0, 1]) leave(root, `{"run":${number}}\n`, `${goneOwner()}.${number}.jsonl`)
    const [first, second] = [takeLostRuns(root), takeLostRuns(root)]

    const runs = [first.next(), second.next()].flatMap(({ value }) => value?.lines ?? [])

    expect(runs).toHaveLength(2)
    expect(new Set(runs.map((line) => JSON.stringify(line)))).toEqual(new Set(['{"run":0}', '{"run":1}']))
    expect([first.next().done, second.next().done]).toEqual([true, true])
  })

  it('takes nothing where there is no store', () => {
    const file = leave(temporaryFolder(), '')

    for (const root of [join(temporaryFolder(), 'none'), file]) expect([...takeLostRuns(root)]).toEqual([])
  })

  it('throws the system error of a store that cannot be read', () => {
    expect(() => [...takeLostRuns(join(temporaryFolder(), 'x'.repeat(300)))]).toThrow('ENAMETOOLONG')
  })
})
