/**
 * The background job that tells people: looks at new runs, and sends what is due.
 *
 * It never runs in a turn while it sends, so submissions do not wait for it.
 *
 * @module
 */
import { messageOf } from 'jux-reporter/internal'
import { usualBaseBranch } from '../compare/base.js'
import type { RunChanges } from '../compare/changes.js'
import type { Database, DecisionRow, DeliveryRow, RunRow, SubscriptionRow } from '../database/schema.js'
import { decisionsOfRun, latestJudgedRun } from '../decisions/queries.js'
import { failedRules } from '../decisions/read.js'
import type { Log } from '../log.js'
import { countQuarantined } from '../quarantine/entries.js'
import type { Settings } from '../settings.js'
import { deliver, type Outgoing } from './deliver.js'
import { eventOf, type GateEvent, type RunEvent } from './event.js'
import { decisionFacts, isForge, isSubscribed, noticeFacts } from './facts.js'
import type { GateNotice } from './gate-notice.js'
import { failedElsewhere, previousRun, type WholeRun, wasRepeated, wholeRun } from './history.js'
import type { Notice, NoticeGate } from './notice.js'
import {
  DELIVERY_TIMEOUT_MS,
  dropDelivery,
  dueSubscriptions,
  endLease,
  extendLease,
  failDelivery,
  finishDelivery,
  isAnyPending,
  nextDelivery,
  type OutboxContext,
  pendingRuns,
  replacePending,
  subscriptionsOf,
  takeLease,
} from './outbox.js'
import { isOutdatedDecision } from './outdated.js'
import { AttemptError } from './request.js'
import { GIVE_UP_MS, retryDelayMs } from './retry.js'
import { openSecretBox, type SecretBox } from './secrets.js'
import { credentialsOf, type Environment } from './subscriptions.js'

/** Says what changed in a run. */
export type ChangesOf = (
  database: Database,
  run: RunRow,
  options: { readonly limit: number; readonly nowMs: number },
) => Promise<RunChanges>

/** What the job needs. */
export interface NotifierContext extends OutboxContext {
  readonly settings: Pick<Settings, 'secretKeyFile' | 'dataDir'>
  readonly env: Environment
  readonly log: Log
  readonly changesOf: ChangesOf
  /** Address of this server for people, without a trailing slash. */
  publicUrl(): string
  now(): Date
}

const POLL_MS = 500
const RUNS_AT_ONCE = 20
/** Subscriptions that are served at the same time. */
const SUBSCRIPTIONS_AT_ONCE = 8
/** Tests of each kind that a message can show. */
const TESTS_IN_MESSAGE = 50
/** Decisions about a run that are looked at for the comment. */
const MAX_DECISIONS = 100
/** How long to wait before a run that could not be compared is looked at again. */
const RETRY_RUN_MS = 60_000

/** The background job. */
export class Notifier {
  readonly #context: NotifierContext
  readonly #stopping = new AbortController()
  /** What is being sent, by the id of the subscription. */
  readonly #active = new Map<string, Promise<void>>()
  /** When to look again at runs that could not be compared. */
  readonly #failedRuns = new Map<number, number>()
  #timer: NodeJS.Timeout | undefined
  #passing: Promise<void> = Promise.resolve()

  constructor(context: NotifierContext) {
    this.#context = context
  }

  /** Starts to look for work again and again. */
  start(pollMs = POLL_MS): void {
    const loop = async () => {
      try {
        await this.pass()
      } catch (error) {
        this.#context.log.error('notify', { reason: messageOf(error) })
      }
      if (this.#stopping.signal.aborted) return
      this.#timer = setTimeout(next, pollMs)
      this.#timer.unref()
    }
    const next = () => {
      this.#passing = loop()
    }
    next()
  }

  /** Stops. A request that is under way is aborted, and repeated later. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    clearTimeout(this.#timer)
    await this.#passing
    await this.settled()
  }

  /** Looks at new runs, and begins to send what is due. A slow receiver does not hold up the others. */
  async pass(): Promise<void> {
    await this.#createDeliveries()
    const { database, now } = this.#context
    const room = SUBSCRIPTIONS_AT_ONCE - this.#active.size
    if (room <= 0 || this.#stopping.signal.aborted) return
    for (const subscription of await dueSubscriptions(database, now().getTime(), room)) {
      const { id } = subscription
      if (this.#active.has(id)) continue
      const serving = serve(this.#context, subscription, this.#stopping.signal).finally(() => this.#active.delete(id))
      this.#active.set(id, serving)
    }
  }

  /** Resolves when nothing is being sent. */
  async settled(): Promise<void> {
    await Promise.all(this.#active.values())
  }

  async #createDeliveries(): Promise<void> {
    const { database, log, now } = this.#context
    const nowMs = now().getTime()
    for (const [seq, nextMs] of this.#failedRuns) if (nextMs <= nowMs) this.#failedRuns.delete(seq)
    for (const run of await pendingRuns(database, [...this.#failedRuns.keys()], RUNS_AT_ONCE)) {
      if (this.#stopping.signal.aborted) return
      try {
        await createDeliveriesOf(this.#context, run)
      } catch (error) {
        this.#failedRuns.set(run.seq, nowMs + RETRY_RUN_MS)
        log.error('notify', { run: run.id, reason: messageOf(error) })
        if (nowMs - run.inserted_at > GIVE_UP_MS) await replacePending(this.#context, run.seq, undefined, [], nowMs)
      }
    }
  }
}

async function createDeliveriesOf(context: NotifierContext, run: RunRow): Promise<void> {
  const { database, now } = context
  const facts = await noticeFacts(database, run)
  const baseBranch = await usualBaseBranch(database, run.project)
  const candidates = (await subscriptionsOf(database, run.project)).filter((subscription) =>
    isSubscribed(subscription, run, facts, baseBranch),
  )
  const event = candidates.length === 0 ? undefined : await runEvent(context, run)
  const wanted = candidates.filter(({ kind }) => wantsEvent(kind, event)).map(({ id }) => id)
  await replacePending(context, run.seq, event, wanted, now().getTime())
}

// One message for all shards of a run: for the last one that is waiting.
async function runEvent({ database, changesOf, now }: NotifierContext, run: RunRow): Promise<RunEvent | undefined> {
  const whole = await wholeRun(database, run)
  const later = whole.seqs.filter((seq) => seq > run.seq)
  if (await isAnyPending(database, later)) return undefined
  if (!whole.isComplete) return undefined
  const nowMs = now().getTime()
  const changes = await changesOf(database, run, { limit: 1, nowMs })
  const previous = await previousRun(database, whole)
  return eventOf(
    changes,
    whole.run,
    previous && { ...previous.run, quarantined: await quarantinedFailures(database, previous, nowMs) },
  )
}

async function quarantinedFailures(database: Database, { run, seqs }: WholeRun, nowMs: number): Promise<number> {
  let count = 0
  for (const seq of seqs) count += (await countQuarantined(database, { seq, project: run.project }, nowMs)).active
  return count
}

/** Chats and webhooks are told about news; a commit has a status in any case. */
export function wantsEvent(kind: SubscriptionRow['kind'], event: RunEvent | undefined): boolean {
  if (event === undefined) return false
  return isForge(kind) || event !== 'completed'
}

async function serve(context: NotifierContext, subscription: SubscriptionRow, signal: AbortSignal): Promise<void> {
  const { database, now } = context
  try {
    const leaseId = await takeLease(context, subscription.id, now().getTime())
    if (leaseId === undefined) return
    for (;;) {
      const delivery = await nextDelivery(database, subscription.id, now().getTime())
      if (delivery === undefined || !(await extendLease(context, leaseId, now().getTime()))) break
      const wasSent = await attempt(context, subscription, delivery, signal)
      // The receiver may still act on an aborted request. The lease ends by itself when that is over.
      if (signal.aborted) return
      if (!wasSent) break
    }
    await endLease(context, leaseId)
  } catch (error) {
    context.log.error('notify', { subscription: subscription.id, reason: messageOf(error) })
  }
}

async function attempt(
  context: NotifierContext,
  subscription: SubscriptionRow,
  delivery: DeliveryRow,
  signal: AbortSignal,
): Promise<boolean> {
  const { log, now } = context
  const fields = { subscription: subscription.id, kind: subscription.kind, delivery: delivery.id }
  try {
    const about = await aboutOf(context.database, delivery)
    if (await isOutdated(context.database, about, delivery, subscription)) {
      await dropDelivery(context, delivery)
      log.info('notification outdated', { ...fields, news: delivery.event, ...idsOf(about) })
      return true
    }
    const messages = await messagesOf(context, delivery, about, isForge(subscription.kind))
    const credentials = credentialsOf(subscription, boxOf(context), context.env)
    await deliver({
      id: delivery.id,
      subscription,
      credentials,
      ...messages,
      nowMs: now().getTime(),
      signal: AbortSignal.any([signal, AbortSignal.timeout(DELIVERY_TIMEOUT_MS)]),
    })
    await finishDelivery(context, delivery, now().getTime())
    log.info('notified', {
      ...fields,
      news: delivery.event,
      ...idsOf(about),
      attempts: delivery.attempts + 1,
    })
    return true
  } catch (error) {
    if (signal.aborted) return false
    const nextAtMs = nextAttemptMs(delivery, error, now().getTime())
    const reason = messageOf(error).slice(0, 500)
    await failDelivery(context, delivery, reason, nextAtMs)
    log.error(nextAtMs === undefined ? 'notification given up' : 'notification failed', {
      ...fields,
      reason,
      attempts: delivery.attempts + 1,
      next: nextAtMs === undefined ? undefined : new Date(nextAtMs).toISOString(),
    })
    return false
  }
}

/** When a delivery is tried again; undefined if it is given up. Errors that are not of an attempt may be cured by the operator. */
export function nextAttemptMs(
  { attempts, created_at }: Pick<DeliveryRow, 'attempts' | 'created_at'>,
  error: unknown,
  nowMs: number,
  random = Math.random(),
): number | undefined {
  const known = error instanceof AttemptError ? error : undefined
  if (known?.canRetry === false) return undefined
  const nextAtMs = nowMs + retryDelayMs(attempts + 1, known?.retryAfterMs, random)
  return nextAtMs - created_at > GIVE_UP_MS ? undefined : nextAtMs
}

/** What a delivery is about: one of the two, unless it was deleted. */
interface About {
  readonly run?: RunRow | undefined
  readonly decision?: DecisionRow | undefined
}

async function aboutOf(database: Database, { run_seq, decision_seq }: DeliveryRow): Promise<About> {
  if (run_seq !== null) {
    return { run: await database.selectFrom('runs').selectAll().where('seq', '=', run_seq).executeTakeFirst() }
  }
  if (decision_seq === null) return {}
  return {
    decision: await database.selectFrom('decisions').selectAll().where('seq', '=', decision_seq).executeTakeFirst(),
  }
}

// For the log.
function idsOf({ run, decision }: About) {
  return { run: run?.id, decision: decision?.id }
}

// What is sent for the first time is in order. A commit keeps the status that it got last.
async function isOutdated(
  database: Database,
  { run, decision }: About,
  { attempts }: DeliveryRow,
  subscription: SubscriptionRow,
): Promise<boolean> {
  if (decision !== undefined) return isOutdatedDecision(database, decision, subscription)
  if (run === undefined || attempts === 0 || !isForge(subscription.kind)) return false
  return wasRepeated(database, await wholeRun(database, run))
}

type Messages = Pick<Outgoing, 'notice' | 'run' | 'facts'>

async function messagesOf(
  context: NotifierContext,
  { event }: DeliveryRow,
  { run, decision }: About,
  isAboutCommit: boolean,
): Promise<Messages> {
  if (run !== undefined && isRunEvent(event)) return noticeOf(context, run, event, isAboutCommit)
  if (decision !== undefined && !isRunEvent(event)) return gateMessagesOf(context, decision, event, isAboutCommit)
  // The foreign key deletes deliveries with their run or decision.
  throw new AttemptError('what the message is about was deleted', { canRetry: false })
}

async function gateMessagesOf(
  context: NotifierContext,
  decision: DecisionRow,
  event: GateEvent,
  isAboutCommit: boolean,
): Promise<Messages> {
  const facts = decisionFacts(decision)
  const { pullRequest } = facts
  const decisionUrl = `${context.publicUrl()}/decisions/${decision.id}`
  const notice: GateNotice = { event, decision, failedRules: failedRules(decision), decisionUrl, pullRequest }
  const latest =
    isAboutCommit && pullRequest !== undefined ? await latestJudgedRun(context.database, decision) : undefined
  if (latest === undefined) return { notice, facts }
  const { notice: run } = await noticeOf(context, latest, 'completed', true)
  return { notice, run, facts }
}

async function noticeOf(context: NotifierContext, run: RunRow, event: RunEvent, isAboutCommit: boolean) {
  const { database, changesOf, publicUrl, now } = context
  const facts = await noticeFacts(database, run)
  const changes = await changesOf(database, run, { limit: TESTS_IN_MESSAGE, nowMs: now().getTime() })
  const { pullRequest } = facts
  const whole = await wholeRun(database, run)
  const urlOf = (id: string) => `${publicUrl()}/runs/${id}`
  const others = isAboutCommit ? await failedElsewhere(database, whole) : []
  const notice: Notice = {
    event,
    run: whole.run,
    changes,
    runUrl: urlOf(run.id),
    pullRequest,
    failedElsewhere: others.map(({ id, failures, errors }) => ({ runUrl: urlOf(id), failures: failures + errors })),
    gates: isAboutCommit && pullRequest !== undefined ? await gatesOf(context, run) : [],
  }
  return { notice, facts }
}

// The latest decision of each policy.
async function gatesOf({ database, publicUrl }: NotifierContext, run: RunRow): Promise<NoticeGate[]> {
  const gates = new Map<string, NoticeGate>()
  for (const { id, policy, result } of await decisionsOfRun(database, run, MAX_DECISIONS)) {
    if (!gates.has(policy)) gates.set(policy, { policy, result, decisionUrl: `${publicUrl()}/decisions/${id}` })
  }
  return [...gates.values()]
}

function isRunEvent(event: DeliveryRow['event']): event is RunEvent {
  return event === 'failed' || event === 'recovered' || event === 'completed'
}

// Read again each time, so that a corrected key file needs no restart.
function boxOf({ settings }: NotifierContext): () => SecretBox {
  return () => openSecretBox(settings)
}
