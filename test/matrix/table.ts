/**
 * Prints the matrix: one row for each case, one column for each runner, and in the cells the results by Node version.
 */
import type { TestCase, TestModule, Vitest } from 'vitest/node'

/** A Vitest reporter. */
export default class MatrixTable {
  readonly #startedMs = performance.now()
  #hasFilter = false

  onInit(vitest: Vitest): void {
    this.#hasFilter = vitest.config.testNamePattern !== undefined
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const cells = new Map<string, Map<string, { node: string; word: string }[]>>()
    const columns = new Set<string>()
    const reasons = { cannot: new Set<string>(), lacks: new Set<string>() }
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const chosen = tests.filter((test) => !this.#hasFilter || test.options.mode !== 'skip')
    for (const test of chosen) {
      const [runner, node] = whereOf(test)
      columns.add(runner)
      const row = cells.get(test.name) ?? new Map()
      row.set(runner, [...(row.get(runner) ?? []), { node, word: wordOf(test) }])
      cells.set(test.name, row)
      const why = metaOf(test, 'why')
      if (why !== undefined) reasons[cellOf(test) === 'lacks' ? 'lacks' : 'cannot'].add(`${runner}: ${why}`)
    }
    print(cells, [...columns], reasons, (performance.now() - this.#startedMs) / 1_000)
    if (chosen.length < tests.length)
      console.log(`did not run: ${tests.length - chosen.length} cells that -t leaves out`)
  }
}

function whereOf(test: TestCase): [runner: string, node: string] {
  const [runner = '', node = ''] = test.fullName.split(' > ')
  return [runner, node.replace('Node ', '')]
}

// Vitest keeps the `meta` of failed tests too.
function wordOf(test: TestCase): string {
  const cell = cellOf(test)
  const { state } = test.result()
  if (state === 'skipped' && cell === 'lacks') return cell
  if (state !== 'passed') return 'FAIL'
  if (cell === 'cannot') return cell
  const says = metaOf(test, 'says')
  return says === undefined ? 'pass' : `pass (${says})`
}

function cellOf(test: TestCase): string | undefined {
  return metaOf(test, 'cell')
}

function metaOf(test: TestCase, wanted: string): string | undefined {
  const value: unknown = Object.entries(test.meta()).find(([key]) => key === wanted)?.[1]
  return typeof value === 'string' ? value : undefined
}

function print(
  cells: ReadonlyMap<string, ReadonlyMap<string, readonly { node: string; word: string }[]>>,
  columns: readonly string[],
  reasons: Readonly<Record<'cannot' | 'lacks', ReadonlySet<string>>>,
  seconds: number,
): void {
  const lines = [...cells].map(([title, row]) => [title, ...columns.map((column) => textOf(row.get(column) ?? []))])
  const table = [['case', ...columns], ...lines]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? []
  for (const line of table)
    console.log(
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  console.log('\n"cannot": the runner cannot provide it; a probe proves this and fails when the runner can:')
  for (const reason of [...reasons.cannot].sort()) console.log(`  ${reason}`)
  if (reasons.lacks.size > 0) console.log('\n"lacks": it did not run, because this machine lacks something:')
  for (const reason of [...reasons.lacks].sort()) console.log(`  ${reason}`)
  const words = lines.flat().filter((text) => /^(?:pass|cannot|lacks|FAIL)/.test(text))
  const count = (word: string) => words.filter((text) => text.includes(word)).length
  console.log(
    `\n${lines.length} cases x ${columns.length} runners in ${seconds.toFixed(0)} s: ` +
      `${count('pass')} pass, ${count('cannot')} cannot, ${count('lacks')} lacks, ${count('FAIL')} FAIL`,
  )
}

// `pass 20 22 24 26`: the result, then the Node versions with that result.
function textOf(results: readonly { node: string; word: string }[]): string {
  const words = [...new Set(results.map(({ word }) => word))]
  return words
    .map((word) => `${word} ${results.flatMap((result) => (result.word === word ? [result.node] : [])).join(' ')}`)
    .join(', ')
}
