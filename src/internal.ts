/**
 * What jux-server shares with this package beside the public library. Not for other programs: it changes without
 * notice, so both packages are released with the same version.
 *
 * @module jux-reporter/internal
 */
export { verifyAttestation } from './attest/attestation.js'
export { readAttestation } from './attest/bundle.js'
export { readEnvelope, verifyEnvelope } from './attest/dsse.js'
export { RECEIPT_TYPE, type ReceiptContent, signReceipt } from './attest/receipt.js'
export { PREDICATES, readStatement, type SummaryStatement } from './attest/statement.js'
export { errnoOf, messageOf, shellWord } from './errors.js'
export { testName } from './gate/report.js'
export { isOutsideTests, MAX_WAIVER_BYTES, readWaiverContent, signWaiver, WAIVER_TYPE } from './gate/waivers.js'
export { MAX_REPORT_BYTES, MAX_SERVER_CASES } from './limits.js'
export { renderJunit } from './render/junit.js'
export { cut, parseTime } from './report/values.js'
export { writeNewFiles } from './sign/key-files.js'
export { signatureElement } from './sign/sign.js'
export { makeFolder } from './store/files.js'
export { storeRoot } from './store/paths.js'
export { oneLine, printable } from './terminal.js'
