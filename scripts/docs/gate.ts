/**
 * The rules of a gate as a table, and the JSON Schema of a policy.
 *
 * @module
 */
import { RULES } from '../../src/gate/evaluate.js'
import { type Policy, policyJsonSchema } from '../../src/gate/policy.js'
import type { Page, Sections } from './page.js'

/** A policy that uses every rule. */
const EXAMPLE: Policy = {
  version: 1,
  trust: {
    publicKeys: ['keys/ci.pub.pem'],
    timestampAuthorities: ['keys/tsa.crt'],
    revoked: [{ fingerprint: 'a'.repeat(64), since: '2026-01-31' }],
    algorithms: ['ecdsa-sha256', 'rsa-sha256'],
    minRsaBits: 3072,
  },
  facts: { 'git:branch': ['main', 'release/*'] },
  given: ['git:commit'],
  cleanTree: true,
  runners: { vitest: { min: '4.0', below: '6' } },
  complete: {
    projects: ['shop', 'web'],
    suites: ['src/cart.test.ts'],
    shards: 3,
    minTests: 500,
    maxSkipped: '2%',
    unfiltered: true,
    withoutOnly: true,
    uninterrupted: true,
  },
  baseline: {},
  fresh: { maxAge: '24h', stamped: true },
  results: { maxFlaky: 0 },
  waivers: { files: ['waivers'], approvers: { publicKeys: ['keys/lead.pub.pem'] } },
}

/** Keys of a policy that a rule needs, where they are not clear from its demand; an empty text for rules that always apply. */
const KEYS: Readonly<Record<string, string>> = {
  'trust.signature': 'trust',
  'trust.revoked': 'trust.revoked',
  'trust.algorithm': 'trust.algorithms, trust.minRsaBits',
  'facts.values': 'facts',
  'facts.given': 'given',
  'facts.clean-tree': 'cleanTree',
  'facts.runner': 'runners',
  'complete.projects': 'complete.projects',
  'complete.suites': 'complete.suites',
  'complete.shards': 'complete.shards',
  'complete.min-tests': 'complete.minTests',
  'complete.max-skipped': 'complete.maxSkipped',
  'complete.unfiltered': 'complete.unfiltered',
  'complete.without-only': 'complete.withoutOnly',
  'complete.uninterrupted': 'complete.uninterrupted',
  'baseline.missing': 'baseline',
  'baseline.skipped': 'baseline',
  'fresh.max-age': 'fresh.maxAge',
  'fresh.stamped': 'fresh.stamped',
  'results.flaky': 'results.maxFlaky',
  'results.waivers': 'waivers',
}

/** The sections of docs/gate.md. */
export function gateSections(): Sections {
  const rows = RULES.map((rule) => {
    const key = KEYS[rule.id]
    const demand = rule.demand(EXAMPLE) ?? ''
    return `| \`${rule.id}\` | ${key === undefined ? 'always' : `\`${key.replace(', ', '`, `')}\``} | ${demand} |`
  })
  return { rules: ['| rule | is used with | demands, for example |', '| --- | --- | --- |', ...rows].join('\n') }
}

/** The JSON Schema, for editors. */
export function policySchemaPage(): Page {
  const schema = { $id: 'jux-reporter/schema/policy.schema.json', title: 'jux policy', ...policyJsonSchema() }
  return { path: 'schema/policy.schema.json', text: `${JSON.stringify(schema, undefined, 2)}\n` }
}
