/** The contract for what was asked of a run: which tests, whether `.only` may have left out some, bail and retries. */
import { expect } from 'vitest'
import type { LabOptions } from '../support/lab.js'
import { type Case, type Lab, reportOf } from './case.js'

const NAMES = ['jux:selection', 'jux:only', 'jux:bail', 'jux:run_retries', 'jux:shard_label']

/** What the report of a run states about it. */
async function statedBy(lab: Lab, project: string, options: LabOptions = {}): Promise<Record<string, string>> {
  const { properties } = reportOf(await lab.of(project, options)).counts
  const stated = properties.filter(({ name }) => NAMES.includes(name) || name.startsWith('jux:selection:'))
  return Object.fromEntries(stated.map(({ name, value }) => [name, value]))
}

const forRunner = <T>(lab: Lab, values: Readonly<Record<'vitest' | 'jest' | 'playwright', T>>): T =>
  values[lab.install.runner]

export const REQUEST_CASES: readonly Case[] = [
  {
    title:
      'a run that nothing narrowed states that it had all tests, no bail, and whether .only may have left out some',
    check: async (lab) =>
      expect(await statedBy(lab, 'green')).toEqual({
        'jux:selection': 'all',
        'jux:bail': '0',
        ...forRunner<object>(lab, {
          vitest: { 'jux:only': 'none', 'jux:run_retries': '0' },
          jest: { 'jux:only': 'none' },
          playwright: { 'jux:only': 'possible', 'jux:run_retries': '0' },
        }),
      }),
  },
  {
    title: 'a shard states that nothing else narrowed it',
    check: async (lab) =>
      expect(await statedBy(lab, 'green', { args: ['--shard=1/2'] })).toMatchObject({ 'jux:selection': 'all' }),
    slow: true,
  },
  {
    title: 'a name filter and a file filter are stated with their values',
    check: async (lab) => {
      const flag = lab.install.runner === 'playwright' ? '-g' : '-t'
      const stated = await statedBy(lab, 'green', { args: ['one.test.js', flag, 'adds'] })
      expect(stated).toMatchObject({
        'jux:selection': 'files,name',
        'jux:selection:files': 'one.test.js',
        'jux:selection:name': 'adds',
      })
    },
  },
  {
    title: 'the projects that the command line names are stated',
    check: async (lab) => {
      const flag = forRunner(lab, { vitest: '--project', jest: '--selectProjects', playwright: '--project' })
      const stated = await statedBy(lab, 'projects', { args: [flag, 'first'] })
      expect(stated).toMatchObject({ 'jux:selection': 'projects', 'jux:selection:projects': 'first' })
      expect(await statedBy(lab, 'projects')).toMatchObject({ 'jux:selection': 'all' })
    },
    slow: true,
  },
  {
    title: 'a run with .only states that it may have left out tests',
    check: async (lab) =>
      expect(await statedBy(lab, 'only')).toMatchObject({ 'jux:selection': 'all', 'jux:only': 'possible' }),
  },
  {
    title: 'a run in which another module has .only states that it may have left out tests',
    check: async (lab) => expect(await statedBy(lab, 'wrapped')).toMatchObject({ 'jux:only': 'possible' }),
    cannot: [
      {
        who: ['playwright'],
        why: 'it never says that .only left out nothing',
        probe: async (lab) => expect(await statedBy(lab, 'skipped')).toMatchObject({ 'jux:only': 'possible' }),
      },
    ],
  },
  {
    title: 'a run with skipped tests and without .only states that it left out nothing',
    check: async (lab) => expect(await statedBy(lab, 'skipped')).toMatchObject({ 'jux:only': 'none' }),
    cannot: [
      {
        who: ['playwright'],
        why: 'it leaves out the other tests, so nothing tells whether there were any',
        probe: async (lab) => {
          const { text, counts } = reportOf(await lab.of('only'))
          expect([counts.tests, text.includes('left out')]).toEqual([1, false])
        },
      },
    ],
  },
  {
    title: 'a run that forbids .only says so, and fails because of one',
    check: async (lab) => {
      const args = forRunner(lab, { vitest: ['--allowOnly=false'], jest: [], playwright: ['--forbid-only'] })
      expect(await statedBy(lab, 'green', { args })).toMatchObject({ 'jux:only': 'forbidden' })
      const result = await lab.of('only', { args })
      expect([result.code, reportOf(result).outcome]).not.toContain('passed')
      expect(result.code).toBe(1)
    },
    cannot: [
      {
        who: ['jest'],
        why: 'it has no such setting',
        probe: async (lab) =>
          expect((await lab.of('green', { args: ['--help'] })).stdout).not.toMatch(/(?:allow|forbid)-?only/i),
      },
    ],
  },
  {
    title: 'bail and retries are stated as they are configured',
    check: async (lab) => {
      const args = forRunner(lab, {
        vitest: ['--bail=3', '--retry=2'],
        // Jest ignores a number after the flag.
        jest: ['--bail'],
        playwright: ['--max-failures=3', '--retries=2'],
      })
      const stated = await statedBy(lab, 'green', { args })
      expect(stated).toMatchObject({ 'jux:bail': lab.install.runner === 'jest' ? '1' : '3' })
      // Tests of Jest ask for retries while they run.
      expect(stated['jux:run_retries']).toBe(lab.install.runner === 'jest' ? undefined : '2')
    },
  },
  {
    title: 'the label of a shard is stated',
    check: async (lab) =>
      expect(await statedBy(lab, 'green', { env: { VITEST_BLOB_LABEL: 'linux' } })).toMatchObject({
        'jux:shard_label': 'linux',
      }),
    cannot: [
      {
        who: ['jest', 'playwright'],
        why: 'the variable is one of Vitest',
        probe: async (lab) =>
          expect(await statedBy(lab, 'green', { env: { VITEST_BLOB_LABEL: 'linux' } })).not.toHaveProperty(
            'jux:shard_label',
          ),
      },
    ],
  },
  {
    title: 'the flags of a run under jux run are stated, too',
    check: async (lab) => {
      const flag = lab.install.runner === 'playwright' ? '-g' : '-t'
      const options = { juxRun: ['--storage-mode', 'local'], args: [flag, 'adds'] }
      const { properties } = reportOf(await lab.of('green', options)).counts
      expect(properties).toContainEqual({ name: 'jux:selection:name', value: 'adds' })
    },
    slow: true,
  },
]
