/**
 * The contract for the secrets of the environment: the reporter uses them, and no test sees them, in any kind of worker.
 */
import { expect } from 'vitest'
import { newKeyPair, privatePem } from '../support/keys.js'
import { type Case, type Lab, reportOf } from './case.js'

// Every setting that is secret; the values have a word that the tests look for.
const env = {
  JUX_KEY: privatePem(newKeyPair('P-256')),
  JUX_KEY_PASSPHRASE: 'planted-passphrase',
  JUX_API_KEY: 'planted-api-key',
  JUX_SCRUB_VALUES: 'planted-value',
  JUX_PROJECT: 'shop',
}

/** The arguments for each kind of worker. */
const WORKERS = {
  vitest: {
    forks: ['--pool=forks'],
    threads: ['--pool=threads'],
    vmThreads: ['--pool=vmThreads'],
    vmForks: ['--pool=vmForks'],
    'one process without isolation': ['--pool=forks', '--no-isolate', '--no-file-parallelism'],
  },
  jest: {
    'worker processes': ['--maxWorkers=2'],
    'worker threads': ['--maxWorkers=2', '--workerThreads'],
    'its own process': ['--runInBand'],
  },
  playwright: { 'worker processes': ['--workers=2'] },
} as const

export const SECRET_CASES: readonly Case[] = [
  {
    title: 'no test sees the secrets of the environment in any kind of worker, and the report is signed with them',
    check: async (lab) => {
      for (const [worker, args] of Object.entries(WORKERS[lab.install.runner])) {
        expect([worker, await seen(lab, args, env)]).toEqual([worker, ['none']])
      }
    },
  },
  {
    title: 'tests see the secrets of the environment when hideSecrets is false',
    check: async (lab) => {
      const [args] = Object.values(WORKERS[lab.install.runner])
      const names = Object.keys(env).filter((name) => name !== 'JUX_PROJECT')
      expect(await seen(lab, args, { ...env, JUX_HIDE_SECRETS: 'false' })).toEqual([names.sort().join(' ')])
    },
  },
  {
    title: 'two reporters of one run each sign their report with the key of the environment',
    check: async (lab) => {
      const name = `jux-reporter/${lab.install.runner}`
      const second = [name, { environment: 'second' }]
      const { reports, stderr } = await lab.of('environment', { env, reporters: [name, second] })
      expect([reports.length, reports.filter(isSigned).length]).toEqual([2, 2])
      expect(stderr).not.toContain('error')
    },
  },
]

/** What the tests of a run print about secrets, each text once; the run must be green and signed. */
async function seen(lab: Lab, args: readonly string[], variables: Readonly<Record<string, string>>): Promise<string[]> {
  const result = await lab.of('environment', { env: variables, args })
  const { text } = reportOf(result)
  expect([result.code, isSigned(text)]).toEqual([0, true])
  return [...new Set([...text.matchAll(/secrets seen by a test: ([\w ]*)/g)].map(([, names = '']) => names.trim()))]
}

function isSigned(report: string): boolean {
  return report.includes('SignatureValue>')
}
