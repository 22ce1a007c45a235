/**
 * Everything this package exports, by name. The reporters have entries of their own: `jux-reporter/vitest`, `jux-reporter/jest`.
 *
 * @module
 */
export type { JuxOptions, PropertySource, PropertyValue } from './config/options.js'
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
  type NotRunCause,
  type Output,
  type Property,
  type Runner,
  type RunOutcome,
  SCHEMA_VERSION,
  type SuiteResult,
  type TestResult,
  type TestRun,
  type TestStatus,
} from './model.js'
export type { Counts } from './render/cases.js'
export { type Rendered, type RenderSettings, renderJunit } from './render/junit.js'
export type { NameParts, NameTemplate } from './render/names.js'
export { loadSigner, type Signer, type SignerSettings } from './sign/keys.js'
export { signatureElement } from './sign/sign.js'
export {
  REFUSALS,
  type Refusal,
  type Trust,
  type TrustBasis,
  type TrustedKeys,
  type VerifiedReport,
  type VerifyOptions,
  verifyReport,
} from './sign/verify.js'
export { makeFolder, writeFileDurably } from './store/atomic.js'
export { storeRoot } from './store/paths.js'
export { openStore, type ReportStore, type StoredReport, type StoreStats } from './store/reports.js'
export { type ExecOptions, realSystem, type System } from './system.js'
export type { Paint } from './terminal.js'
export { contentHash } from './xml/canonical.js'
export type { DigestName, ReportSink } from './xml/digest.js'
export { type JunitCounts, type JunitSuite, type JunitSummary, readJunit } from './xml/junit-reader.js'
export {
  type Attribute,
  decodeText,
  decodeValue,
  type ScanOptions,
  type StartTag,
  scanXml,
  type XmlLimits,
  type XmlVisitor,
} from './xml/scan.js'
