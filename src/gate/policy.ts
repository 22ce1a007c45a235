/**
 * The policy of a gate: what a release demands of its test reports. Data with a schema, no language.
 *
 * The JSON Schema in schema/policy.schema.json is made from this one.
 *
 * @module
 */
import * as z from 'zod'
import { JuxError } from '../errors.js'
import { nearestWord } from '../nearest.js'
import { SIGNATURE_METHODS } from '../sign/algorithms.js'
import { decodeUtf8, parseStrictJson, StrictJsonError } from '../strict-json.js'

/** Largest policy that is read, in bytes. */
export const MAX_POLICY_BYTES = 1024 * 1024

/** Milliseconds of the units of a duration. */
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
])

const ALGORITHMS = SIGNATURE_METHODS.map(({ name }) => name)

const text = z.string().min(1)
const count = z.int().min(0)
const path = text.describe('a path, relative to the policy')
const flag = z.boolean()

const keysShape = {
  publicKeys: z.array(path).optional().describe('files with public keys of signers'),
  certificates: z.array(path).optional().describe('files with certificates of signers'),
  authorities: z.array(path).optional().describe('files with certificate authorities of signers'),
  folders: z.array(path).optional().describe('folders with public keys and certificates of signers'),
}

const keys = z
  .strictObject(keysShape)
  .refine(
    (value) => Object.values(value).some((list) => list !== undefined && list.length > 0),
    'names no key, certificate, authority or folder',
  )

const trust = z
  .strictObject({
    ...keysShape,
    timestampAuthorities: z
      .array(path)
      .min(1)
      .optional()
      .describe('files with authorities whose time stamps (RFC 3161) in attestations beside the reports are trusted'),
    projects: z
      .record(text, keys)
      .optional()
      .describe('signers by project: a report of such a project must be signed by one of these, and by no other'),
    revoked: z
      .array(
        z.strictObject({
          fingerprint: z
            .string()
            .regex(/^[0-9a-f]{64}$/, 'must be 64 digits in lower-case hex, as jux verify --json shows it')
            .describe('SHA-256 of the public key, in lower-case hex'),
          since: time().describe('from this time on, nothing that the key signed is accepted'),
          reason: text.optional(),
        }),
      )
      .optional()
      .describe('keys that are no longer trusted; only a time stamp of a third party shows that a report is older'),
    algorithms: z
      .array(z.enum(ALGORITHMS))
      .min(1)
      .optional()
      .describe('signature algorithms that are accepted; default: all that jux verifies'),
    minRsaBits: z.int().min(2048).max(16_384).optional().describe('shortest RSA key; default 2048'),
  })
  .describe('who must have signed the reports')

const factValue = z.union([text, z.array(text).min(1)])

const version = z.string().regex(/^\d+(\.\d+){0,2}$/, 'must be a version, such as 4 or 4.1 or 4.1.2')

const share = z
  .union([count, z.string().regex(/^\d{1,2}(\.\d+)?%$|^100%$/, 'must be a number, or a share such as "2%"')])
  .describe('a number, or a share of all tests, such as "2%"')

const complete = z
  .strictObject({
    projects: z.array(text).min(1).optional().describe('projects (the property project) that must have a report'),
    suites: z.array(text).min(1).optional().describe('names of test suites that must be in the reports'),
    shards: z
      .union([z.literal(true), z.int().min(2)])
      .optional()
      .describe('all shards of a run must be there; a number also demands that many'),
    sameRun: text.optional().describe('the property by which shards belong to one run; default ci:build_id'),
    minTests: count
      .min(1)
      .optional()
      .describe('the fewest tests that must have run; a test in two reports counts once'),
    maxSkipped: share.optional().describe('the most tests that may be skipped: a number, or a share such as "2%"'),
    unfiltered: flag.optional().describe('no filter of names, files or projects has selected the tests'),
    withoutOnly: flag.optional().describe('no .only has selected the tests'),
    uninterrupted: flag.optional().describe('no test was left out because the run ended early'),
  })
  .describe('how much must have run')

const baseline = z
  .strictObject({
    files: z
      .array(path)
      .min(1)
      .optional()
      .describe('reports, or lists of names, to compare with; default: those of --baseline'),
    deciders: keys
      .optional()
      .describe('who signs decisions: a baseline that is a decision (.json) vouches for the reports beside it'),
    allow: z.array(text).optional().describe('tests that may be missing or skipped; * stands for any characters'),
  })
  .describe('tests that ran before must run again')

const fresh = z
  .strictObject({
    maxAge: z
      .string()
      .regex(/^[1-9]\d{0,4}[mhdw]$/, 'must be a number with a unit: 30m, 12h, 7d or 4w')
      .optional()
      .describe('the oldest report: 30m, 12h, 7d, 4w'),
    stamped: flag
      .optional()
      .describe('every report has a time stamp of a third party; needs trust.timestampAuthorities'),
    acceptCached: flag
      .optional()
      .describe('accept reports that a task runner restored from its cache, if --task-hash names their task and hash'),
  })
  .describe('how old the reports may be')

const results = z
  .strictObject({
    maxFlaky: count.optional().describe('the most flaky tests without a waiver; 0 accepts none'),
  })
  .describe('what the results may be; that no test failed is always demanded')

const waivers = z
  .strictObject({
    files: z.array(path).min(1).describe('waivers, or folders with waivers'),
    approvers: keys.describe('who may sign waivers; the key of a report may not'),
  })
  .describe('exceptions for single tests, each signed by an approver')

const policySchema = z
  .strictObject({
    $schema: z.string().optional(),
    version: z.literal(1).describe('version of this format'),
    name: text.optional().describe('what the policy is for, such as release'),
    trust,
    facts: z
      .record(text, factValue)
      .optional()
      .describe('properties that every report must state, with the accepted values; * stands for any characters'),
    given: z
      .array(text)
      .optional()
      .describe('properties whose value the command must give: --expect "git:commit=$GITHUB_SHA"'),
    commit: z
      .enum(['tested', 'head'])
      .optional()
      .describe(
        'what git:commit is compared with: the commit that was tested (default), or the head of the pull request',
      ),
    cleanTree: flag.optional().describe('the files were those of the commit'),
    runners: z
      .record(text, z.strictObject({ min: version.optional(), below: version.optional() }))
      .optional()
      .describe('accepted test runners, each with its lowest version and the first that is too high'),
    complete: complete.optional(),
    baseline: baseline.optional(),
    fresh: fresh.optional(),
    results: results.optional(),
    waivers: waivers.optional(),
  })
  .describe('What a release demands of its test reports (jux verify --policy)')

/** A policy, as it is written. Paths are relative to its file. */
export type Policy = z.infer<typeof policySchema>

/** Paths of trusted keys. */
export type PolicyKeys = z.infer<typeof keys>

/** The policy as JSON Schema (draft 2020-12). */
export function policyJsonSchema(): object {
  return z.toJSONSchema(policySchema, { io: 'input' })
}

/**
 * Reads a policy: JSON, in which comments (`//`) are allowed.
 *
 * @param name of the file, for messages
 * @throws {JuxError} `POLICY_INVALID` with reason `syntax`, `unknown-key` or `bad-value`
 */
export function parsePolicy(bytes: string | Uint8Array, name: string): Policy {
  const parsed = policySchema.safeParse(parseJson(bytes, name))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw issue === undefined ? invalid(name, 'it is not a policy', 'bad-value') : explain(issue, name)
  }
  const policy = parsed.data
  const reserved = Object.keys(policy.facts ?? {}).find((fact) => fact === 'jux:outcome')
  if (reserved !== undefined) {
    throw invalid(name, 'facts.jux:outcome cannot be set: reports must always have passed', 'bad-value', [
      'remove it; waivers are the only exception',
    ])
  }
  if (policy.fresh?.stamped === true && policy.trust.timestampAuthorities === undefined) {
    throw invalid(name, 'fresh.stamped needs trust.timestampAuthorities', 'bad-value', [
      'add "timestampAuthorities": ["keys/tsa.crt"] to trust',
    ])
  }
  if (!namesSigner(policy.trust)) {
    throw invalid(name, 'trust names no signer', 'bad-value', ['add "publicKeys": ["keys/ci.pub.pem"] to trust'])
  }
  return policy
}

function namesSigner({ publicKeys, certificates, authorities, folders, projects = {} }: Policy['trust']): boolean {
  const lists = [publicKeys, certificates, authorities, folders, Object.keys(projects)]
  return lists.some((list) => list !== undefined && list.length > 0)
}

/** Milliseconds of a duration such as `24h`. */
export function durationMs(duration: string): number {
  return Number(duration.slice(0, -1)) * (UNIT_MS.get(duration.slice(-1)) ?? Number.NaN)
}

function time() {
  return z.union([z.iso.date(), z.iso.datetime({ offset: true })]).describe('ISO 8601, such as 2026-01-31')
}

function parseJson(bytes: string | Uint8Array, name: string): unknown {
  let value: unknown
  try {
    value = parseStrictJson(withoutComments(typeof bytes === 'string' ? bytes : decodeUtf8(bytes)))
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause
    throw invalid(name, `it is not ${cause.message}`, 'syntax', [], cause)
  }
  // Where any name is allowed, the schema would leave this one out, and with it a rule.
  if (hasPrototypeMember(value)) throw invalid(name, '__proto__ cannot be a name', 'unknown-key')
  return value
}

function hasPrototypeMember(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasPrototypeMember)
}

/**
 * Comments become blanks, so that positions stay. Every character that an editor shows as the end of a line ends a comment:
 * nothing that looks active is one.
 */
function withoutComments(source: string): string {
  return source.replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n\r\u2028\u2029]*/g, (token) =>
    token.startsWith('"') ? token : ' '.repeat(token.length),
  )
}

function explain(issue: z.core.$ZodIssue, name: string): JuxError {
  const where = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    const known = keysAt(where)
    const nearest = nearestWord(key, known)
    return invalid(name, `${[...where, key].join('.')} is not a key of a policy`, 'unknown-key', [
      nearest === undefined
        ? `the keys ${where.length === 0 ? 'of a policy' : `of ${where.join('.')}`} are ${known.join(', ')}`
        : `write ${nearest}`,
    ])
  }
  const place = where.length === 0 ? 'the policy' : where.join('.')
  const [first, ...others] = issue.message
  return invalid(name, `${place}: ${(first ?? '').toLowerCase()}${others.join('')}`, 'bad-value')
}

function keysAt(where: readonly string[]): readonly string[] {
  let node: unknown = policyJsonSchema()
  for (const step of where) node = member(member(node, 'properties'), step) ?? itemOf(node)
  const properties = member(node, 'properties')
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : []
}

function itemOf(node: unknown): unknown {
  return member(node, 'items') ?? member(node, 'additionalProperties')
}

function member(node: unknown, name: string): unknown {
  return typeof node === 'object' && node !== null ? Reflect.get(node, name) : undefined
}

function invalid(
  name: string,
  message: string,
  reason: 'syntax' | 'unknown-key' | 'bad-value',
  suggestions: readonly string[] = [],
  cause?: unknown,
): JuxError {
  return new JuxError('POLICY_INVALID', { message: `the policy ${name}: ${message}`, reason, suggestions, cause })
}
