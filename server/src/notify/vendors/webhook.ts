/**
 * The message for any other program: JSON with a published schema, signed with HMAC-SHA256.
 *
 * @module
 */
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import type { ChangedTest, ChangeKind, RunReference } from '../../compare/changes.js'
import { GATE_EVENTS, RUN_EVENTS } from '../event.js'
import type { GateNotice } from '../gate-notice.js'
import { cutTo, type Notice } from '../notice.js'

/** Number of tests of each kind. */
const MAX_TESTS = 50
/** Number of violated rules. */
const MAX_RULES = 50
const MAX_NAME = 1_000
const MAX_MESSAGE = 2_000

const reference = z.object({
  id: z.string().describe('id of the run in the API'),
  branch: z.string().nullable(),
  commit: z.string().nullable(),
  received_at: z.iso.datetime(),
})

const test = z.object({
  test_key: z.string().describe('the same in every run of the project'),
  name: z.string(),
  classname: z.string(),
  file: z.string().nullable(),
  message: z.string().nullable().describe('message of the failure'),
  since: reference.nullable().describe('the first run since which it failed every time it ran'),
  quarantined: z.boolean().describe('whether its failure is quarantined'),
})

const list = z.object({
  count: z.int().min(0),
  quarantined: z.int().min(0).describe('how many of them are quarantined failures; they come last'),
  tests: z.array(test).max(MAX_TESTS).describe('the first ones'),
})

/** The body of a request about a run. */
export const runBodySchema = z.object({
  version: z.literal(1),
  id: z.string().describe('id of the delivery: the same in every attempt, and in the header Jux-Delivery'),
  event: z.enum([...RUN_EVENTS, 'test']).describe('also in the header Jux-Event'),
  project: z.string(),
  run: reference.extend({
    url: z.url().describe('page of the run'),
    pull_request: z.int().nullable().describe('number of the pull or merge request'),
    outcome: z.string().nullable(),
    tests: z.int().min(0),
    failures: z.int().min(0),
    errors: z.int().min(0),
    skipped: z.int().min(0),
  }),
  base: reference.nullable().describe('the run that it is compared with'),
  new: list.describe('tests that fail, and did not fail in the base'),
  known: list.describe('tests that fail, and failed in the base'),
  flaky: list.describe('tests that passed at another attempt, or in another run of the same commit'),
  fixed: list.describe('tests that pass, and failed in the base'),
})

/** The body of a request about the decision of a gate. */
export const gateBodySchema = z.object({
  version: z.literal(1),
  id: z.string().describe('id of the delivery: the same in every attempt, and in the header Jux-Delivery'),
  event: z.enum(GATE_EVENTS.filter((event) => event !== 'gate-completed')).describe('also in the header Jux-Event'),
  project: z.string(),
  decision: z.object({
    id: z.string().describe('id of the decision in the API'),
    url: z.url().describe('page of the decision'),
    result: z.enum(['passed', 'failed']),
    policy: z.string().describe('name of the policy, or of its file'),
    branch: z.string().nullable(),
    commit: z.string().nullable(),
    pull_request: z.int().nullable().describe('number of the pull or merge request'),
    signer: z.string().describe('SHA-256 of the public key of the gate, hexadecimal'),
    decided_at: z.iso.datetime(),
    received_at: z.iso.datetime(),
  }),
  failed_rules: z.object({
    count: z.int().min(0),
    rules: z
      .array(z.object({ rule: z.string(), report: z.string().nullable(), found: z.string(), wanted: z.string() }))
      .max(MAX_RULES)
      .describe('the first ones'),
  }),
})

/** The body of the request. Fields and events may be added; none is removed or changes its meaning in version 1. */
export const webhookSchema = z.union([runBodySchema, gateBodySchema])

/** The body of a request about a run. */
export type WebhookBody = z.infer<typeof runBodySchema>

/** The body of a request about the decision of a gate. */
export type GateWebhookBody = z.infer<typeof gateBodySchema>

/** The JSON Schema of the body, without what differs between versions of the schema. */
export function webhookJsonSchema(): object {
  return z.toJSONSchema(webhookSchema, { io: 'input' })
}

/** Builds the body. */
export function webhookBody(notice: Notice, id: string, event: WebhookBody['event'] = notice.event): WebhookBody {
  const { run, changes, runUrl, pullRequest } = notice
  const listOf = (kind: ChangeKind) => ({
    count: changes.lists[kind].count,
    quarantined: changes.lists[kind].quarantined,
    tests: changes.lists[kind].tests.slice(0, MAX_TESTS).map(testOf),
  })
  return {
    version: 1,
    id,
    event,
    project: run.project,
    run: {
      ...referenceOf({ id: run.id, branch: run.branch, commitSha: run.commit_sha, insertedAtMs: run.inserted_at }),
      url: runUrl,
      pull_request: pullRequest ?? null,
      outcome: run.outcome,
      tests: run.tests,
      failures: run.failures,
      errors: run.errors,
      skipped: run.skipped,
    },
    base: changes.base === undefined ? null : referenceOf(changes.base),
    new: listOf('new'),
    known: listOf('known'),
    flaky: listOf('flaky'),
    fixed: listOf('fixed'),
  }
}

/** Builds the body about a decision. */
export function gateWebhookBody(
  { decision, failedRules, decisionUrl, pullRequest }: GateNotice,
  id: string,
): GateWebhookBody {
  return {
    version: 1,
    id,
    event: decision.result === 'failed' ? 'gate-failed' : 'gate-recovered',
    project: decision.project,
    decision: {
      id: decision.id,
      url: decisionUrl,
      result: decision.result,
      policy: decision.policy,
      branch: decision.branch,
      commit: decision.commit_sha,
      pull_request: pullRequest ?? null,
      signer: decision.signer,
      decided_at: new Date(decision.decided_at).toISOString(),
      received_at: new Date(decision.received_at).toISOString(),
    },
    failed_rules: {
      count: failedRules.length,
      rules: failedRules.slice(0, MAX_RULES).map(({ rule, report, found, wanted }) => ({
        rule: cutTo(rule, MAX_NAME),
        report: report === undefined ? null : cutTo(report, MAX_NAME),
        found: cutTo(found, MAX_MESSAGE),
        wanted: cutTo(wanted, MAX_MESSAGE),
      })),
    },
  }
}

/** The headers that belong to a body. */
export function webhookHeaders(
  body: string,
  { id, event, secret, nowMs }: { id: string; event: string; secret: string; nowMs: number },
): Record<string, string> {
  const time = Math.floor(nowMs / 1_000)
  return {
    'Content-Type': 'application/json',
    'Jux-Event': event,
    'Jux-Delivery': id,
    'Jux-Signature': `t=${time},v1=${signature(body, time, secret)}`,
  }
}

/** HMAC-SHA256 of the time, a dot and the body, hexadecimal. */
export function signature(body: string, time: number, secret: string): string {
  return createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
}

function testOf(changed: ChangedTest): z.infer<typeof test> {
  const { testKey, name, classname, file, message, since, isQuarantined } = changed
  return {
    test_key: testKey,
    name: cutTo(name, MAX_NAME),
    classname: cutTo(classname, MAX_NAME),
    file: file === null ? null : cutTo(file, MAX_NAME),
    message: message === undefined || message === null ? null : cutTo(message, MAX_MESSAGE),
    since: since === undefined ? null : referenceOf(since),
    quarantined: isQuarantined,
  }
}

function referenceOf({ id, branch, commitSha, insertedAtMs }: RunReference): z.infer<typeof reference> {
  return { id, branch, commit: commitSha, received_at: new Date(insertedAtMs).toISOString() }
}
