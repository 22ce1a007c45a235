/**
 * Paths of pages.
 *
 * @module
 */
import { testKey } from '../../src/ingest/rows.js'

/** Every page about one run. */
export const pagesOf = (id: string, project = 'shop') => [
  `/runs/${id}`,
  `/runs/${id}/tests`,
  `/runs/${id}/tests/1`,
  `/runs/${id}/suites`,
  `/projects/${project}`,
  `/tests/${testKey(project, 'cart', 'adds')}`,
]
