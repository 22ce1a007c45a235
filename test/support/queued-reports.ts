/**
 * Reports that wait in the queue.
 *
 * @module
 */
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { openQueue } from '../../src/store/queue.js'
import { openStore } from '../../src/store/reports.js'
import { contentHash } from '../../src/xml/canonical.js'
import { temporaryFolder } from './folders.js'

/** A report in the form of this package, with the given project. */
export function ownReport(project: string): Buffer {
  const properties = `<properties><property name="project" value="${project}"></property><property name="jux:client" value="jux-reporter"></property></properties>`
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites><testsuite name="s">${properties}<testcase name="t"></testcase></testsuite></testsuites>`,
  )
}

/** A store whose queue has one report for each project, in their order. */
export function storeWith(...projects: string[]) {
  const root = join(temporaryFolder(), 'store')
  const queue = openQueue(root)
  const hashes = projects.map((project) => {
    const bytes = ownReport(project)
    queue.put([bytes], contentHash(bytes))
    return contentHash(bytes)
  })
  // In the order of their times, which a file system counts in steps of some milliseconds.
  const startMs = Date.now() - projects.length * 1_000
  for (const { hash, path } of queue.list()) {
    const time = new Date(startMs + hashes.indexOf(hash) * 1_000)
    utimesSync(path, time, time)
  }
  return { root, queue, store: openStore(root), hashes }
}
