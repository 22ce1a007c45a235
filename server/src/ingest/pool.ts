/**
 * A few worker threads that accept submissions, so that all other requests are answered meanwhile.
 *
 * An idle thread takes what has arrived: one submission at once, or several that waited, whose reports it stores together. A large one has
 * a thread for itself. A thread that exceeds its memory or its time, or that crashes, is replaced, and its submissions fail.
 *
 * @module
 */
import { Worker } from 'node:worker_threads'
import { errnoOf } from 'jux-reporter/internal'
import type { WriteTurns } from '../database/turns.js'
import { HttpError } from '../http-error.js'
import type { HeldBody } from './body.js'
import type { Submission } from './submission.js'
import type { Accepted } from './submit.js'
import type { FromWorker, SentError, ToWorker, WorkerSettings } from './worker-messages.js'

/** Limits of a pool. */
export interface PoolLimits {
  /** Number of threads. */
  readonly threads: number
  /** Number of submissions that wait for a thread. */
  readonly waiting: number
  /** Number of large ones among them. */
  readonly waitingLarge: number
  /** How long a thread may take for one submission. */
  readonly timeoutMs: number
  /** Heap of one thread. */
  readonly heapMegabytes: number
}

/** Limits of the submissions that a thread takes together. A larger body is alone, so that nothing fails because of its size. */
const MAX_TOGETHER = 8
const MAX_BYTES_TOGETHER = 1_048_576
/** A thread ends after a larger body, because its heap would stay large. */
const MAX_BYTES_OF_LASTING_THREAD = 8 * 1_048_576
const CLOSE_TIMEOUT_MS = 2_000
/** Seconds after which a refused client may try again. */
const RETRY_AFTER = '2'
// The tests run the sources, which a thread cannot load: their threads run the build.
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/ingest/worker-start.js' : './worker-start.js',
  import.meta.url,
)

interface Job {
  readonly body: HeldBody
  readonly submission: Submission
  resolve(accepted: Accepted): void
  reject(error: Error): void
}

/** The threads and the submissions that wait for them. */
export class IngestPool {
  readonly #limits: PoolLimits
  readonly #settings: WorkerSettings
  readonly #turns: WriteTurns
  readonly #threads = new Set<Thread>()
  readonly #waiting: Job[] = []

  constructor(limits: PoolLimits, settings: WorkerSettings, turns: WriteTurns) {
    this.#limits = limits
    this.#settings = settings
    this.#turns = turns
  }

  /**
   * Refuses a submission of this size when too many are waiting.
   *
   * @throws {HttpError} 503
   */
  requireRoom(sizeBytes: number): void {
    const large = this.#waiting.filter(({ body }) => isLarge(body.sizeBytes)).length
    const hasRoom = !isLarge(sizeBytes) || large < this.#limits.waitingLarge
    if (hasRoom && this.#waiting.length < this.#limits.waiting) return
    throw new HttpError(503, 'too many reports are arriving at once', {
      headers: { 'Retry-After': RETRY_AFTER },
      suggestions: ['submit again in a moment'],
    })
  }

  /** Accepts a submission in a thread. The blocks of the body are gone afterwards. */
  accept(body: HeldBody, submission: Submission): Promise<Accepted> {
    this.requireRoom(body.sizeBytes)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ body, submission, resolve, reject })
      this.#next()
    })
  }

  /** Ends all threads. Call it when no submission is running. */
  async close(): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => thread.close()))
  }

  /** Whether no submission is running or waiting. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && ![...this.#threads].some(({ isBusy }) => isBusy)
  }

  /** Whether a thread has loaded its modules, which takes longer than to accept a small report. If none has, one is started. */
  get isReady(): boolean {
    if (this.#threads.size === 0) this.#start()
    return [...this.#threads].some(({ isReady }) => isReady)
  }

  #next(): void {
    if (this.#waiting.length === 0) return
    const thread = [...this.#threads].find(({ isIdle }) => isIdle) ?? this.#start()
    if (thread === undefined) return
    thread.run(this.#takeTogether())
    // The start of a thread takes longer than a response may wait, so one is kept ready.
    if (![...this.#threads].some(({ isIdle }) => isIdle)) this.#start()
  }

  #takeTogether(): Job[] {
    let count = 0
    let sizeBytes = 0
    for (const { body } of this.#waiting.slice(0, MAX_TOGETHER)) {
      sizeBytes += body.sizeBytes
      if (count > 0 && sizeBytes > MAX_BYTES_TOGETHER) break
      count++
    }
    return this.#waiting.splice(0, count)
  }

  #start(): Thread | undefined {
    if (this.#threads.size >= this.#limits.threads) return undefined
    const thread: Thread = new Thread(this.#limits, this.#settings, this.#turns, {
      idle: () => this.#next(),
      ended: () => {
        this.#threads.delete(thread)
        if (this.#waiting.length > 0) this.#next()
      },
    })
    this.#threads.add(thread)
    return thread
  }
}

interface ThreadEvents {
  idle(): void
  ended(): void
}

class Thread {
  readonly #worker: Worker
  readonly #timeoutMs: number
  readonly #turns: WriteTurns
  readonly #events: ThreadEvents
  readonly #exited: Promise<void>
  /** The submissions that it has not answered yet, by their position in the message. */
  readonly #jobs = new Map<number, Job>()
  #timer: NodeJS.Timeout | undefined
  #hadLargeBody = false
  #isReady = false
  #isClosing = false
  #hasExited = false
  #endTurn: (() => void) | undefined

  constructor(limits: PoolLimits, settings: WorkerSettings, turns: WriteTurns, events: ThreadEvents) {
    this.#timeoutMs = limits.timeoutMs
    this.#turns = turns
    this.#events = events
    this.#worker = new Worker(ENTRY, {
      workerData: settings,
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMegabytes },
    })
    this.#worker.on('message', (messages: readonly FromWorker[]) => {
      for (const message of messages) this.#receive(message)
    })
    this.#worker.on('error', (error) => this.#fail(crashed(error)))
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#hasExited = true
        this.#endTurn?.()
        this.#fail(crashed(new Error('the thread ended')))
        resolve()
        events.ended()
      })
    })
  }

  get isIdle(): boolean {
    return !this.isBusy && !this.#isClosing
  }

  get isReady(): boolean {
    return this.#isReady && !this.#isClosing
  }

  get isBusy(): boolean {
    return this.#jobs.size > 0
  }

  run(jobs: readonly Job[]): void {
    for (const [at, job] of jobs.entries()) this.#jobs.set(at, job)
    this.#hadLargeBody = jobs.some(({ body }) => body.sizeBytes > MAX_BYTES_OF_LASTING_THREAD)
    this.#timer = setTimeout(() => {
      this.#fail(tooSlow(this.#timeoutMs))
      void this.#worker.terminate()
    }, this.#timeoutMs)
    this.#send(
      { kind: 'accept', jobs: jobs.map(({ body, submission }) => ({ blocks: body.blocks, submission })) },
      jobs.flatMap(({ body }) => body.blocks.map((block) => block.buffer)),
    )
  }

  async close(): Promise<void> {
    this.#isClosing = true
    const timer = setTimeout(() => void this.#worker.terminate(), CLOSE_TIMEOUT_MS)
    this.#send({ kind: 'close' })
    await this.#exited
    clearTimeout(timer)
  }

  #send(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer)
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'ready') this.#isReady = true
    else if (message.kind === 'turn-wanted') void this.#startTurn()
    else if (message.kind === 'turn-over') this.#stopTurn()
    else if (message.kind === 'accepted') this.#finish(message.at, (job) => job.resolve(message.accepted))
    else this.#finish(message.at, (job) => job.reject(receivedError(message.error)))
  }

  async #startTurn(): Promise<void> {
    const end = await this.#turns.take()
    if (this.#hasExited) end()
    else {
      this.#endTurn = end
      this.#send({ kind: 'turn' })
    }
  }

  #stopTurn(): void {
    this.#endTurn?.()
    this.#endTurn = undefined
  }

  #finish(at: number, answer: (job: Job) => void): void {
    const job = this.#jobs.get(at)
    if (job === undefined) return
    this.#jobs.delete(at)
    answer(job)
    if (this.#jobs.size > 0) return
    clearTimeout(this.#timer)
    if (this.#hadLargeBody) void this.close()
    else this.#events.idle()
  }

  // The thread cannot be used again.
  #fail(error: Error): void {
    clearTimeout(this.#timer)
    this.#isClosing = true
    const jobs = [...this.#jobs.values()]
    this.#jobs.clear()
    for (const job of jobs) job.reject(error)
  }
}

function isLarge(sizeBytes: number): boolean {
  return sizeBytes > MAX_BYTES_TOGETHER
}

function crashed(error: unknown): Error {
  const isMemory = errnoOf(error) === 'ERR_WORKER_OUT_OF_MEMORY'
  if (!isMemory) return new Error('a worker thread crashed', { cause: error })
  return new HttpError(413, 'reading the report needs more memory than this server has for one report', {
    details: { message: 'too much memory', reason: 'memory' },
    suggestions: ['split the run into several reports'],
  })
}

function tooSlow(timeoutMs: number): HttpError {
  return new HttpError(503, `reading the report takes longer than ${timeoutMs / 1_000} s`, {
    headers: { 'Retry-After': '60' },
    details: { message: 'too slow', reason: 'timeout' },
    suggestions: ['split the run into several reports', 'submit again when the server is less busy'],
  })
}

function receivedError(error: SentError): Error {
  if (error.status !== undefined) return new HttpError(error.status, error.message, error)
  const failure = new Error(error.message)
  if (error.stack !== undefined) failure.stack = error.stack
  return failure
}
