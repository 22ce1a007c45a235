/**
 * An answer that says no, as something to throw.
 *
 * @module
 */

/** What a refusal says beside its sentence. */
export interface HttpErrorParts {
  /** Free form, for programs. */
  readonly details?: Readonly<Record<string, unknown>>
  /** Things to try, most likely cure first. */
  readonly suggestions?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  /** The word for it in the envelope of `/reports`; chosen by status when absent. */
  readonly kind?: string
  readonly cause?: unknown
}

/** Every status that says no: its word in the envelope of `/reports`, and when it is given. docs/server.md is made from this. */
export const ERROR_STATUSES: Readonly<Record<number, { readonly kind: string; readonly when: string }>> = {
  400: {
    kind: 'InvalidRequest',
    when: 'not XML that may be read (line and column in `details`), no project, a body or parameter of another shape; under `/reports` also what is 422 elsewhere',
  },
  401: { kind: 'Unauthorized', when: 'no key' },
  403: { kind: 'Forbidden', when: 'a key that is not valid, or not for this; a request from a page of another site' },
  404: { kind: 'NotFound', when: 'there is no such run, suite, project, test or page, or not for this key' },
  413: { kind: 'PayloadTooLarge', when: 'larger than `--max-size`, unpacked' },
  415: { kind: 'UnsupportedMediaType', when: 'another media type or encoding' },
  422: {
    kind: 'InvalidReport',
    when: 'no JUnit report, a signature that does not verify or is not good enough, a reused `Idempotency-Key`, more test cases than are taken',
  },
  429: { kind: 'RateLimitExceeded', when: 'too many submissions; `Retry-After` says how long to wait' },
  500: { kind: 'InternalServerError', when: 'the server has a problem of its own; its log says which' },
  503: {
    kind: 'ServiceUnavailable',
    when: 'too many reports are arriving at once; `Retry-After` says how long to wait',
  },
}

/** The body of an error: `error` is for people, `details` for programs (published API, Error). */
export interface ErrorBody {
  readonly error: string
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly suggestions?: readonly string[]
}

/** Thrown by whatever cannot go on with a request; `app.ts` makes the answer. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly parts: HttpErrorParts

  /** @param message a sentence that may be shown to the client */
  constructor(status: number, message: string, parts: HttpErrorParts = {}) {
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause })
    this.status = status
    this.parts = parts
  }

  /** The word for programs that read the envelope of `/reports`. */
  get kind(): string {
    return this.parts.kind ?? ERROR_STATUSES[this.status]?.kind ?? 'Error'
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
