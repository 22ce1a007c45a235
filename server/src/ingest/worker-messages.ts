/**
 * The messages between the pool and its worker threads.
 *
 * @module
 */
import type { SignaturePolicy } from './signature.js'
import type { Submission } from './submission.js'
import type { Accepted } from './submit.js'

/** What a worker thread is started with. */
export interface WorkerSettings {
  readonly databaseUrl?: string | undefined
  readonly dataDir: string
  readonly policy: SignaturePolicy
}

/** To a worker thread. */
export type ToWorker =
  /** Submissions whose reports are stored together. */
  | { readonly kind: 'accept'; readonly jobs: readonly SentJob[] }
  /** It is the turn of the thread to write. */
  | { readonly kind: 'turn' }
  | { readonly kind: 'close' }

/** A submission, with its body in blocks. */
export interface SentJob {
  readonly blocks: readonly Uint8Array[]
  readonly submission: Submission
}

/** From a worker thread, which sends lists of them. There is one answer for each submission; `at` is its position in the message that brought it. */
export type FromWorker =
  /** The thread has loaded its modules. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'accepted'; readonly at: number; readonly accepted: Accepted }
  | { readonly kind: 'failed'; readonly at: number; readonly error: SentError }
  /** The thread asks for a turn to write; the turn is over. */
  | { readonly kind: 'turn-wanted' }
  | { readonly kind: 'turn-over' }

/** An error as a message. */
export type SentError =
  | {
      readonly status: number
      readonly message: string
      readonly details?: Readonly<Record<string, unknown>> | undefined
      readonly suggestions?: readonly string[] | undefined
      readonly headers?: Readonly<Record<string, string>> | undefined
      readonly kind?: string | undefined
    }
  | { readonly status?: undefined; readonly message: string; readonly stack: string | undefined }
