/**
 * The commands of a gate: they need the same code, which is loaded with any of them.
 *
 * @module
 */

export { verifyLoneAttestation, verifyWithAttestation } from './attest/verify-attestation.js'
export { checkReceipt } from './attest/verify-receipt.js'
export * as attest from './commands/attest.js'
export * as dossier from './commands/dossier.js'
export * as merge from './commands/merge.js'
export * as policy from './commands/policy.js'
export * as waiver from './commands/waiver.js'
export { previewDecision, readDecision, submitWritten } from './decision-submission.js'
export { verifyByPolicy } from './gate/verify-policy.js'
export { loadNamedSigner } from './named-signer.js'
export { excuse, loadRunWaivers } from './run/waivers.js'
