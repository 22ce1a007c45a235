/**
 * The contract for what dashboards find tests by: paths of files, names of errors outside tests, and runs in which no test
 * ran.
 */
import { expect } from 'vitest'
import { type Case, reportOf } from './case.js'

/** The values of an attribute of an element, each once. */
function valuesOf(text: string, element: string, attribute: string): readonly string[] {
  const found = text.matchAll(new RegExp(`<${element} [^>]*?\\b${attribute}="([^"]*)"`, 'g'))
  return [...new Set([...found].map(([, value = '']) => value))]
}

export const PATH_CASES: readonly Case[] = [
  {
    title: 'in a package of a repository, files are relative to the repository, and classes to the package',
    check: async (lab) => {
      const { text } = reportOf(await lab.of('green', { isInRepository: true }))
      const files = valuesOf(text, 'testcase', 'file')
      expect(files.length).toBeGreaterThan(0)
      expect(valuesOf(text, 'testsuite', 'file')).toEqual(files)
      expect(files.map((file) => file.replace(/^green\//, ''))).toEqual(valuesOf(text, 'testcase', 'classname'))
      for (const file of files) expect(file).toMatch(/^green\/[^/]+$/)
    },
  },
  {
    title: 'files are relative to the package with filePaths: project, and outside of a repository',
    check: async (lab) => {
      for (const options of [{ isInRepository: true, env: { JUX_FILE_PATHS: 'project' } }, {}]) {
        const { text } = reportOf(await lab.of('green', options))
        expect(valuesOf(text, 'testcase', 'file')).toEqual(valuesOf(text, 'testcase', 'classname'))
      }
    },
  },
  {
    title: 'errors outside tests have names without numbers and paths',
    check: async (lab) => {
      const names: string[] = []
      for (const project of ['unhandled', 'crash', 'setup']) {
        const { reports } = await lab.of(project)
        names.push(
          ...reports.flatMap((text) => valuesOf(text, 'testcase', 'name')).filter((name) => name.startsWith('(')),
        )
      }
      expect(names.length).toBeGreaterThan(0)
      for (const name of names) expect(name).not.toMatch(/[\d/\\]/)
    },
  },
  {
    title: 'a run of skipped tests has no error with nothingToRun: skipped, and one with nothingToRun: error',
    check: async (lab) => {
      for (const [value, errors] of [
        ['skipped', 0],
        ['error', 1],
      ] as const) {
        const { outcome, counts } = reportOf(await lab.of('skipped', { env: { JUX_NOTHING_TO_RUN: value } }))
        expect({ outcome, read: counts.outcome, errors: counts.errors, skipped: counts.skipped }).toEqual({
          outcome: 'no-tests',
          read: errors === 0 ? 'no-tests' : 'failed',
          errors,
          skipped: 2,
        })
      }
    },
  },
]
