/**
 * An answer that says no, as something to throw.
 *
 * @module
 */

/** What a refusal says beside its sentence. */
export interface RefusalParts {
  /** Free form, for programs. */
  readonly details?: Readonly<Record<string, unknown>>
  /** Things to try, most likely cure first. */
  readonly suggestions?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  /** The word for it in the envelope of `/reports`; chosen by status when absent. */
  readonly kind?: string
  readonly cause?: unknown
}

const KINDS: Readonly<Record<number, string>> = {
  400: 'InvalidRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  408: 'RequestTimeout',
  409: 'Conflict',
  413: 'PayloadTooLarge',
  415: 'UnsupportedMediaType',
  422: 'InvalidReport',
  429: 'RateLimitExceeded',
  500: 'InternalServerError',
  503: 'ServiceUnavailable',
}

/** The body of an error: `error` is for people, `details` for programs (published API, Error). */
export interface ErrorBody {
  readonly error: string
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly suggestions?: readonly string[]
}

/** Thrown by whatever cannot go on with a request; `app.ts` makes the answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly parts: RefusalParts

  /** @param message a sentence that may be shown to the client */
  constructor(status: number, message: string, parts: RefusalParts = {}) {
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause })
    this.status = status
    this.parts = parts
  }

  /** The word for programs that read the envelope of `/reports`. */
  get kind(): string {
    return this.parts.kind ?? KINDS[this.status] ?? 'Error'
  }

  /** The body under every path but `/reports`. */
  body(): ErrorBody {
    const { details, suggestions } = this.parts
    return {
      error: this.message,
      message: this.message,
      ...(details === undefined ? {} : { details }),
      ...(suggestions === undefined ? {} : { suggestions }),
    }
  }

  /** The body under `/reports`. */
  envelope() {
    return { ...this.body(), status: 'error', error: this.kind }
  }
}
