/**
 * The library: make, sign, read, verify, store and submit test reports.
 *
 * The reporters have entries of their own: `jux-reporter/vitest` and `jux-reporter/jest`. docs/api has a page and an
 * example for each group of functions.
 *
 * @module jux-reporter
 */
export type {
  AttestationJson,
  AttestJson,
  AttestResultJson,
  CacheCleanJson,
  CacheListJson,
  CacheShowJson,
  CacheStatsJson,
  ConfigDumpJson,
  ConfigListJson,
  ConfigValidateJson,
  ErrorJson,
  InspectJson,
  MergeJson,
  PolicyCheckJson,
  PolicyDecisionJson,
  PublishJson,
  PublishResultJson,
  ReceiptJson,
  ReportJson,
  ReportResultJson,
  SettingJson,
  SkippedJson,
  VerifyJson,
  VerifyManyJson,
  WaiverJson,
} from './cli/json.js'
export type { Config, ConfigInput } from './config/load.js'
export type { JuxLimits, JuxOptions } from './config/options.js'
export type { SettingName, Settings } from './config/table.js'
export type { Facts, FactsSettings } from './enrich/facts.js'
export type { OwnersLookup } from './enrich/owners.js'
export {
  ERROR_NUMBERS,
  type ErrorCode,
  type ErrorFormat,
  type ErrorParts,
  formatError,
  JuxError,
  toJuxError,
} from './errors.js'
export type { ModuleInput, PropertiesInput, RunInput, TestInput } from './gather/run-input.js'
export {
  collectFacts,
  createClient,
  createReport,
  loadConfig,
  openQueue,
  openStore,
  type Report,
  type ReportOptions,
} from './library.js'
export {
  type Annotation,
  type Attachment,
  type Attempt,
  type ErrorInfo,
  type ErrorKind,
  type FilePathBase,
  type Location,
  type ModuleResult,
  type NameParts,
  type NameTemplate,
  type NotRunCause,
  type OnlyEffect,
  type Output,
  type Property,
  type PropertySource,
  type PropertyValue,
  type Runner,
  type RunOutcome,
  type RunRequest,
  SCHEMA_VERSION,
  type Selection,
  type SelectionKind,
  type SuiteResult,
  type TestCounts,
  type TestPropertySource,
  type TestResult,
  type TestRun,
  type TestStatus,
} from './model.js'
export {
  type Reason,
  type SystemReason,
  VERIFICATION_REASONS,
  type VerificationReason,
  type XmlReason,
} from './reasons.js'
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
export type { SettingSource } from './setting-source.js'
export type { CanonicalizationName, SignatureAlgorithm } from './sign/algorithms.js'
export { type CertificateOptions, type GeneratedKey, generateKey, type KeyOptions } from './sign/keygen.js'
export { loadSigner, type Signer, type SignerSettings } from './sign/keys.js'
export { signReport } from './sign/sign-report.js'
export { loadTrust, type TrustSettings } from './sign/trust.js'
export {
  type SignatureOptions,
  type Trust,
  type TrustBasis,
  type TrustedKeys,
  type VerifiedReport,
  type VerifyOptions,
  verifyReport,
  verifySignature,
} from './sign/verify.js'
export type { Destination } from './store/destinations.js'
export type { StoreSettings } from './store/paths.js'
export type { Claim, ReportQueue } from './store/queue.js'
export type { ReportStore, StoredReport, StoreStats } from './store/reports.js'
export type { Submitter } from './submit/advice.js'
export type {
  ClientOptions,
  DecisionReceipt,
  Settled,
  SubmitClient,
  SubmitOptions,
  SubmitReceipt,
  SubmitSettings,
} from './submit/client.js'
export type { Submission } from './submit/request.js'
export type { BatchLimits } from './submit/response.js'
export { type Environment, type ExecOptions, realSystem, type System } from './system.js'
export { contentHash } from './xml/canonical.js'
export type { DigestName } from './xml/digest.js'
export type { XmlLimits } from './xml/scan.js'
