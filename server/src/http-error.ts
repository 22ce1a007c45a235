/**
 * The error that a request fails with: an HTTP status of 4xx or 5xx, and the body of the response.
 *
 * @module
 */

/** Parts of an error besides its status and message. */
export interface HttpErrorParts {
  /** For programs. */
  readonly details?: Readonly<Record<string, unknown>> | undefined
  /** Things to try, the most likely fix first. */
  readonly suggestions?: readonly string[] | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** `error` in the envelope of `/reports`; chosen by status when absent. */
  readonly kind?: string | undefined
  readonly cause?: unknown
}

/** Every status of an error: `error` in the envelope of `/reports`, and when it occurs. docs/server.md is generated from this. */
export const ERROR_STATUSES: Readonly<Record<number, { readonly kind: string; readonly when: string }>> = {
  400: {
    kind: 'InvalidRequest',
    when: 'the XML is malformed or forbidden (line and column in `details`), the project is missing or has several values, or the body or a parameter is invalid; under `/reports` also every case that is 422 elsewhere',
  },
  401: { kind: 'Unauthorized', when: 'the API key is missing' },
  403: {
    kind: 'Forbidden',
    when: 'the API key is not valid or does not allow this, or a page of another site sent the request',
  },
  404: {
    kind: 'NotFound',
    when: 'the run, suite, project, test, decision or page does not exist, or the API key does not allow reading it',
  },
  405: { kind: 'MethodNotAllowed', when: 'the path exists, but not with this method; `Allow` lists its methods' },
  413: {
    kind: 'PayloadTooLarge',
    when: 'the uncompressed body is larger than `--max-size`, or a decision larger than 4 MiB',
  },
  415: { kind: 'UnsupportedMediaType', when: 'the media type or the content encoding is not supported' },
  422: {
    kind: 'InvalidReport',
    when: 'the body is not a JUnit report, its signature is invalid or does not meet the policy, the `Idempotency-Key` was used for another report, there are too many test cases, an entry of the quarantine or its waiver is not valid, or a decision is not signed by a trusted key or does not state what it is about',
  },
  429: { kind: 'RateLimitExceeded', when: 'too many submissions; `Retry-After` says how long to wait' },
  500: { kind: 'InternalServerError', when: 'an internal error; see the log of the server' },
  503: {
    kind: 'ServiceUnavailable',
    when: 'too many reports are arriving at once; `Retry-After` says how long to wait',
  },
}

/** The body of an error: `error` is for people, `details` for programs (published API, Error). */
export interface ErrorBody {
  readonly error: string
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>> | undefined
  readonly suggestions?: readonly string[] | undefined
}

/** Thrown while a request is handled; `app.ts` turns it into a response. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly parts: HttpErrorParts

  /** @param message a sentence that the client may see */
  constructor(status: number, message: string, parts: HttpErrorParts = {}) {
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause })
    this.status = status
    this.parts = parts
  }

  /** `error` in the envelope of `/reports`. */
  get kind(): string {
    return this.parts.kind ?? ERROR_STATUSES[this.status]?.kind ?? 'Error'
  }

  /** The body under every path except `/reports`. */
  body(): ErrorBody {
    const { details, suggestions } = this.parts
    return { error: this.message, message: this.message, details, suggestions }
  }

  /** The body under `/reports`. */
  envelope() {
    return { ...this.body(), status: 'error', error: this.kind }
  }
}

/** The response to a failure of this program. Its cause is in the log only. */
export function internalError(): HttpError {
  return new HttpError(500, 'internal server error', {
    suggestions: ['try again later', 'see the log of the server'],
  })
}
