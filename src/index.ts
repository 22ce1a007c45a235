/**
 * The library: what the reporters and the `jux` command are made of, for programs that read, verify, sign and store reports.
 *
 * The reporters have entries of their own: `jux-reporter/vitest` and `jux-reporter/jest`.
 *
 * @module jux-reporter
 */
export type { JuxLimits, JuxOptions, PropertySource } from './config/options.js'
export {
  ERROR_NUMBERS,
  type ErrorCode,
  type ErrorFormat,
  type ErrorParts,
  errnoOf,
  formatError,
  JuxError,
  messageOf,
  toJuxError,
} from './errors.js'
export {
  type Annotation,
  type Attachment,
  type Attempt,
  type ErrorInfo,
  type ErrorKind,
  type Location,
  type ModuleResult,
  type NameParts,
  type NameTemplate,
  type NotRunCause,
  type Output,
  type Property,
  type PropertyValue,
  type Runner,
  type RunOutcome,
  SCHEMA_VERSION,
  type SuiteResult,
  type TestCounts,
  type TestPropertySource,
  type TestResult,
  type TestRun,
  type TestStatus,
} from './model.js'
export type { Reason } from './reasons.js'
export type { DialectName } from './render/dialects.js'
export { type Rendered, type RenderSettings, renderJunit } from './render/junit.js'
export {
  type CaseStatus,
  type ReadOptions,
  type ReadReport,
  type ReportCase,
  type ReportCounts,
  type ReportSignature,
  type ReportSuite,
  type ReportSummary,
  type ResultLimits,
  readReport,
} from './report/read.js'
export { cut, parseTime } from './report/values.js'
export type { CanonicalizationName, KeyKind, SignatureMethod } from './sign/algorithms.js'
export { loadSigner, type Signer, type SignerSettings } from './sign/keys.js'
export { signatureElement } from './sign/sign.js'
export {
  type JudgeOptions,
  type Trust,
  type TrustBasis,
  type TrustedKeys,
  VERIFICATION_REASONS,
  type VerificationReason,
  type VerifiedReport,
  type VerifyOptions,
  verifyReport,
  verifySignature,
} from './sign/verify.js'
export { makeFolder, writeFileDurably } from './store/files.js'
export { type StoreSettings, storeRoot } from './store/paths.js'
export { openStore, type ReportStore, type StoredReport, type StoreStats } from './store/reports.js'
export { type SubmitOptions, type SubmitReceipt, type SubmitSettings, submitReport } from './submit/client.js'
export type { TlsSettings } from './submit/connection.js'
export type { Protocol } from './submit/endpoints.js'
export type { Credentials, Submission } from './submit/request.js'
export { type Environment, type ExecOptions, realSystem, type System } from './system.js'
export type { Paint } from './terminal.js'
export { contentHash } from './xml/canonical.js'
export type { DigestName, ReportSink } from './xml/digest.js'
export type { Name } from './xml/names.js'
export {
  type Attribute,
  type Declaration,
  decodeText,
  decodeValue,
  type ScanOptions,
  type StartTag,
  scanXml,
  type XmlLimits,
  type XmlVisitor,
} from './xml/scan.js'
