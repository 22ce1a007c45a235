/**
 * Prints the matrix: one row for each case, one column for each runner, and in the cells the results by Node version.
 */
import type { TestCase, TestModule } from 'vitest/node'

/** A Vitest reporter. */
export default class MatrixTable {
  readonly #startedMs = performance.now()

  onTestRunEnd(modules: readonly TestModule[]): void {
    const cells = new Map<string, Map<string, { node: string; word: string }[]>>()
    const columns = new Set<string>()
    const reasons = new Map<string, string>()
    for (const test of modules.flatMap((module) => [...module.children.allTests()])) {
      const [runner, node] = whereOf(test)
      columns.add(runner)
      const row = cells.get(test.name) ?? new Map()
      row.set(runner, [...(row.get(runner) ?? []), { node, word: wordOf(test) }])
      cells.set(test.name, row)
      const why = Object.entries(test.meta()).find(([key]) => key === 'why')?.[1]
      if (typeof why === 'string') reasons.set(`${runner}: ${why}`, why)
    }
    print(cells, [...columns], [...reasons.keys()].sort(), (performance.now() - this.#startedMs) / 1_000)
  }
}

function whereOf(test: TestCase): [runner: string, node: string] {
  const [runner = '', node = ''] = test.fullName.split(' > ')
  return [runner, node.replace('Node ', '')]
}

// Vitest keeps the `meta` of failed tests too.
function wordOf(test: TestCase): string {
  if (test.result().state !== 'passed') return 'FAIL'
  return Object.entries(test.meta()).some(([key, value]) => key === 'cell' && value === 'cannot') ? 'cannot' : 'pass'
}

function print(
  cells: ReadonlyMap<string, ReadonlyMap<string, readonly { node: string; word: string }[]>>,
  columns: readonly string[],
  reasons: readonly string[],
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
  for (const reason of reasons) console.log(`  ${reason}`)
  const words = lines.flat().filter((text) => /^(?:pass|cannot|FAIL)/.test(text))
  const count = (word: string) => words.filter((text) => text.includes(word)).length
  console.log(
    `\n${lines.length} cases x ${columns.length} runners in ${seconds.toFixed(0)} s: ` +
      `${count('pass')} pass, ${count('cannot')} cannot, ${count('FAIL')} FAIL`,
  )
}

// `pass 20 22 24 26`: the result, then the Node versions with that result.
function textOf(results: readonly { node: string; word: string }[]): string {
  const words = [...new Set(results.map(({ word }) => word))]
  return words
    .map((word) => `${word} ${results.flatMap((result) => (result.word === word ? [result.node] : [])).join(' ')}`)
    .join(', ')
}
