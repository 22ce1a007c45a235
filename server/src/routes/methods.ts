/**
 * The methods that a path supports, for `Allow` (RFC 9110, section 10.2.1).
 *
 * @module
 */
import type { App } from '../context.js'

/** The methods of the routes, in the order of `Allow`. */
const ROUTE_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/**
 * Finds the methods that a path supports. Every path with a `GET` has `HEAD`, and every path has `OPTIONS`.
 *
 * @param path of a request, as the router gets it
 * @returns an empty list if the path has no route
 */
export function allowedMethods({ router }: App, path: string): readonly string[] {
  const found = ROUTE_METHODS.filter((method) => {
    const [handlers] = router.match(method, path)
    // Middleware matches every method and path.
    return handlers.some(([[, route]]) => route.method === method)
  })
  if (found.length === 0) return []
  return [...found.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS']
}
