/**
 * The key of a test, which is the same in every run.
 *
 * @module
 */
import { hash } from 'node:crypto'

/** Computes the key of a test: a digest of its project, class name and name. */
export function testKey(project: string, classname: string, name: string): string {
  return hash('sha256', `${project}\0${classname}\0${name}`, 'base64url').slice(0, 22)
}
