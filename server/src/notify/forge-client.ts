/**
 * What the clients of GitHub and GitLab have in common.
 *
 * @module
 */
import type { GateNotice } from './gate-notice.js'
import type { Notice } from './notice.js'

/** A client of a forge. */
export interface ForgeClient {
  /** Whether the token can see the repository. */
  check(): Promise<void>
  setStatus(notice: Notice | GateNotice, sha: string): Promise<void>
  /** Updates our comment; creates it if there is none and `canCreate`. */
  comment(notice: Notice, pullRequest: number, canCreate: boolean): Promise<void>
}
