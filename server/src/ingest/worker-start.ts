/**
 * The first module of a worker thread. It lowers the priority before the others are loaded, which takes long: requests go first.
 *
 * @module
 */
import { lowerPriority } from './thread-priority.js'

lowerPriority()
await import('./worker.js')
