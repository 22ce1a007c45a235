import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/docs/comments.js'

const PAGE = readFileSync(`${ROOT}docs/requirements.md`, 'utf8')
const SCRIPTS: unknown = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')).scripts
const COMMANDS = [...PAGE.matchAll(/`(npx vitest run [^`]+)`/g)].map(([, command = '']) => command)

describe('the page docs/requirements.md', () => {
  it('names only test files and configurations that exist', () => {
    const paths = COMMANDS.flatMap((command) => command.match(/(?:server\/)?test\/[\w./-]+/g) ?? [])

    expect(COMMANDS.length).toBeGreaterThan(80)
    expect(paths.filter((path) => !existsSync(ROOT + path))).toEqual([])
  })

  it('quotes only titles that occur in the named files, and that are no regular expressions', () => {
    const wrong = COMMANDS.filter((command) => {
      const title = /-t "([^"]+)"$/.exec(command)?.[1]
      if (title === undefined) return command.includes(' -t ')
      if (/[\\^$.*+?()[\]{}|]/.test(title)) return true
      const files = command.match(/\S+\.test\.ts/g) ?? []
      return !files.some((file) => readFileSync(ROOT + file, 'utf8').includes(title))
    })

    expect(wrong).toEqual([])
  })

  it('names only npm scripts that exist', () => {
    const named = [...PAGE.matchAll(/`npm (?:run )?([\w:]+)`/g)].map(([, name = '']) => name)

    expect(named.length).toBeGreaterThan(3)
    expect(named.filter((name) => !(name in Object(SCRIPTS)))).toEqual([])
  })

  it('has a command, a page or a reason in every row', () => {
    const rows = [...PAGE.matchAll(/^\| (?!---)(.+) \|$/gm)].map(([, row = '']) => row.split(' | '))

    expect(rows.filter((cells) => cells.length !== 3 || cells.some((cell) => cell.trim() === ''))).toEqual([])
  })
})
