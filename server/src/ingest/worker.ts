/**
 * A worker thread: accepts one group of submissions after the other, with its own connection to the database.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads'
import { trustedKeys } from '../access/trusted-keys.js'
import { openDatabase } from '../database/engine.js'
import { type InTurn, WriteTurns } from '../database/turns.js'
import { HttpError } from '../http-error.js'
import { joinBlocks } from './body.js'
import { openReportBytes } from './bytes.js'
import { acceptAll } from './submission.js'
import { TestIds } from './test-ids.js'
import type { FromWorker, SentError, SentJob, ToWorker, WorkerSettings } from './worker-messages.js'

const port = parentPort
if (port === null) throw new Error('this module runs in a worker thread only')

const settings: WorkerSettings = workerData
const opened = await openDatabase(settings, { isWorker: true })
const { database, engine, insertRows } = opened
/** Messages of the current task. One send wakes the main thread once, which takes longer than the rest. */
const outgoing: FromWorker[] = []
const send = (message: FromWorker) => {
  outgoing.push(message)
  if (outgoing.length === 1) process.nextTick(() => port.postMessage(outgoing.splice(0)))
}
let startTurn = () => {}
/** The submissions of a group write one after the other, so that this thread asks for one turn at a time. */
const ownTurns = new WriteTurns(engine)

const takeTurn: InTurn = async (action) => {
  const turn = new Promise<void>((resolve) => {
    startTurn = resolve
  })
  send({ kind: 'turn-wanted' })
  await turn
  try {
    return await action()
  } finally {
    send({ kind: 'turn-over' })
  }
}

const inTurn: InTurn = (action) => ownTurns.run(() => takeTurn(action))

const context = {
  database,
  insertRows,
  bytes: openReportBytes(opened, settings.dataDir),
  policy: settings.policy,
  testIds: new TestIds(),
  canStoreInParts: engine === 'sqlite',
  inTurn: engine === 'sqlite' ? inTurn : <T>(action: () => Promise<T>) => action(),
  trustedKeys: (project: string) => trustedKeys(database, project),
}

port.on('message', (message: ToWorker) => {
  if (message.kind === 'turn') startTurn()
  else if (message.kind === 'accept') answer(message.jobs)
  else void database.destroy().then(() => port.close())
})

send({ kind: 'ready' })

function answer(jobs: readonly SentJob[]): void {
  const accepted = acceptAll(
    context,
    jobs.map(({ blocks, submission }) => ({ body: joinBlocks(blocks), submission })),
  )
  for (const [at, promise] of accepted.entries()) {
    promise.then(
      (result) => send({ kind: 'accepted', at, accepted: result }),
      (error) => send({ kind: 'failed', at, error: sentError(error) }),
    )
  }
}

function sentError(error: unknown): SentError {
  if (error instanceof HttpError) {
    const { details, suggestions, headers, kind } = error.parts
    return { status: error.status, message: error.message, details, suggestions, headers, kind }
  }
  return error instanceof Error
    ? { message: error.message, stack: error.stack }
    : { message: String(error), stack: undefined }
}
