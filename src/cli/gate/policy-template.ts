/**
 * The policy that `jux policy init` writes.
 *
 * @module
 */

/** Path of the signer's public key, relative to the policy. */
export const TEMPLATE_KEY = 'keys/ci.pub.pem'

/** JSON with comments. Everything that is not commented out works once the key is there. */
export const POLICY_TEMPLATE = `{
  // What a release demands of its test reports. Comments are allowed.
  // Check this file with: npx jux policy check policy.json
  "$schema": "./node_modules/jux-reporter/schema/policy.schema.json",
  "version": 1,
  "name": "release",

  // Who must have signed the reports. Paths are relative to this file.
  "trust": {
    // "revoked": [{ "fingerprint": "SHA-256 of the public key", "since": "2026-01-31", "reason": "lost" }],
    "publicKeys": ["${TEMPLATE_KEY}"]
  },

  // The command must give these: --expect "git:commit=$(git rev-parse HEAD)"
  "given": ["git:commit"],

  // Properties that every report must state.
  // "facts": { "project": "shop", "git:branch": ["main", "release/*"] },

  // The files were those of the commit.
  "cleanTree": true,

  // How much must have run.
  "complete": {
    // "projects": ["shop"],
    // "shards": 3,
    // "minTests": 500,
    // "maxSkipped": "2%",
    "unfiltered": true,
    "withoutOnly": true,
    "uninterrupted": true
  },

  // Tests that ran before must run again.
  // "baseline": { "files": ["before.txt"], "allow": [] },

  // How many flaky tests are accepted.
  // "results": { "maxFlaky": 0 },

  // Exceptions for single tests, each signed by an approver: npx jux waiver add
  // "waivers": { "files": ["waivers"], "approvers": { "publicKeys": ["keys/lead.pub.pem"] } },

  // How old the reports may be: 30m, 12h, 7d, 4w.
  "fresh": { "maxAge": "24h" }
}
`
