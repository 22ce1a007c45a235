/**
 * Responders of servers that accept a report only in some way.
 *
 * @module
 */
import { created, type Responder } from './http-server.js'

/** Accepts a report after more than a second. */
export const slowly: Responder = (response, ...rest) => {
  setTimeout(() => created(response, ...rest), 1_400)
}
/** Whether this is the content encoding gzip. */
export const isGzip = (encoding: unknown) => encoding === 'gzip'
/** Accepts a report whose headers pass a test, and answers others differently. */
export const when =
  (test: (headers: Record<string, unknown>) => boolean, no: Responder): Responder =>
  (response, received, request) =>
    (test(received.headers) ? created : no)(response, received, request)
