import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inabilityOf, openLab } from '../contract/case.js'
import { CASES } from '../contract/contract.js'
import { packageOf } from '../support/lab.js'
import { installOf, runnerFolder, selected } from './cells.js'
import { supportedNodes } from './set-up.js'

const { rows, nodes } = selected()

describe.each(rows.map((row) => [`${row.runner} ${row.version}`, row] as const))('%s', (_name, row) => {
  const engines = () => supportedNodes(join(runnerFolder(row), 'node_modules', packageOf(row.runner)))

  describe.each(nodes)('Node %s', (node) => {
    // Vitest 5 needs Node 22.12; the probe fails when its package allows Node 20 again.
    if (row.version.startsWith('5.') && node === '20') {
      for (const one of CASES) {
        it(one.title, ({ task }) => {
          Object.assign(task.meta, { cell: 'cannot' })
          expect(engines()).not.toMatch(/(?:\^|>=|~) ?(?:18|20)\b/)
        })
      }
      return
    }
    const lab = openLab(installOf(row, node))
    const isLowest = node === nodes.find((other) => !(row.version.startsWith('5.') && other === '20'))
    const runsEnds = isLowest && process.env.MATRIX_ENDS === '1'
    for (const one of CASES.filter(({ oneNode }) => runsEnds || oneNode !== true)) {
      const inability = inabilityOf(one, lab.install)
      it.concurrent(one.title, async ({ task, skip }) => {
        const lacking = inability === undefined ? one.lacking?.() : undefined
        const cell = lacking !== undefined ? 'lacks' : inability === undefined ? 'pass' : 'cannot'
        Object.assign(task.meta, { cell, why: lacking ?? inability?.why })
        if (lacking !== undefined) skip(lacking)
        const says: unknown = await (inability === undefined ? one.check(lab) : inability.probe(lab))
        if (typeof says === 'string') Object.assign(task.meta, { says })
      })
    }
  })
})
