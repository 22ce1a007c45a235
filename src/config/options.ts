/**
 * The reporter's options, as written in `vitest.config.ts`, `jest.config.js` or `playwright.config.ts`.
 *
 * Made from the table of settings (`table.ts`) by `node scripts/docs.mjs`.
 *
 * Every option can also be an environment variable (`JUX_` and the name in capitals) or a line of a file. The
 * environment takes precedence over the options, the options over files.
 *
 * @module
 */
import type { FilePathBase, NameTemplate, PropertySource, TestPropertySource } from '../model.js'

/** Maximum sizes in a report. Lengths are in UTF-16 code units, as `String.length` counts. */
export interface JuxLimits {
  /** One message of an error, an annotation or a skip. Default: 16,384. */
  readonly messageCharacters?: number
  /** One stack, difference, value or body. Default: 131,072. */
  readonly detailCharacters?: number
  /** The console output of one test. Default: 1,048,576. */
  readonly testOutputCharacters?: number
  /** The console output of one file outside its tests. Default: 4,194,304. */
  readonly moduleOutputCharacters?: number
  /** The whole report before it is signed, in bytes. Default: 30,000,000. */
  readonly reportBytes?: number
}

// A type and no interface: only a type is assignable to the Record that runners accept for the options of a reporter.
/** Options of the reporters. All are optional. */
export type JuxOptions = {
  /** Create a report of each run. Default: `true`. */
  readonly enabled?: boolean | undefined
  /** Fail the run if its report cannot be created, stored or sent. Default: `false`. */
  readonly strict?: boolean | undefined
  /** Print more details; secrets are never printed. Default: `false`. */
  readonly verbose?: boolean | undefined
  /**
   * Append a summary of the run to the page of the GitHub Actions job (`GITHUB_STEP_SUMMARY`).
   * Default: `true`.
   */
  readonly jobSummary?: boolean | undefined
  /** Show what would be sent, but store and send nothing. Default: `false`. */
  readonly dryRun?: boolean | undefined
  /** Report the runs of watch mode too. Default: `false`. */
  readonly watch?: boolean | undefined
  /**
   * Sign reports: `true` requires a key, `false` never signs. Default: sign if a key is configured.
   */
  readonly sign?: boolean | undefined
  /** Path of the private key, a PEM file; `~` is the home folder. */
  readonly keyPath?: string | undefined
  /**
   * Private key as PEM text, for CI systems that keep secrets in variables. Set it as `JUX_KEY` to
   * keep it out of files.
   */
  readonly key?: string | undefined
  /**
   * Passphrase of an encrypted private key. Set it as `JUX_KEY_PASSPHRASE` to keep it out of files.
   */
  readonly keyPassphrase?: string | undefined
  /** Path of the key's certificate, a PEM file; the signature includes the certificate. */
  readonly certPath?: string | undefined
  /** Digest algorithm of the signature. Default: `sha256`. */
  readonly digest?: 'sha256' | 'sha384' | 'sha512' | undefined
  /** Canonicalization algorithm of the signature. Default: `exclusive`. */
  readonly canonicalization?: 'exclusive' | 'c14n11' | undefined
  /** Accept a private key file that other users of the machine can read. Default: `false`. */
  readonly allowReadableKey?: boolean | undefined
  /**
   * What happens to a report: `local` stores it, `api` sends it, `both` stores and sends it,
   * `cache` puts it in the queue, sends it and then stores it. Default: `local`.
   */
  readonly storageMode?: 'local' | 'api' | 'both' | 'cache' | undefined
  /** Folder of the store. Default: `jux` in the platform's data folder. */
  readonly storagePath?: string | undefined
  /**
   * Name of the project. Default: last part of the git remote, name in package.json, or the
   * folder's name.
   */
  readonly project?: string | undefined
  /** Another name of `project`. */
  readonly projectName?: string | undefined
  /** Branch that was tested. Default: as the CI system or git says. */
  readonly branch?: string | undefined
  /** Commit that was tested. Default: as the CI system or git says. */
  readonly commitSha?: string | undefined
  /** Words to find the run by. */
  readonly tags?: readonly string[] | undefined
  /** Name of the environment that was tested. Default: `test`. */
  readonly environment?: string | undefined
  /**
   * Custom properties of the run: values, or a function that is called once with the finished run;
   * they replace detected properties of the same name.
   */
  readonly properties?: PropertySource | undefined
  /** Another name of `properties`. */
  readonly metadata?: PropertySource | undefined
  /** Custom properties of single tests: a function that is called with each test and its file. */
  readonly testProperties?: TestPropertySource | undefined
  /**
   * Send reports to a server: `true` means the storage mode `both` unless one is set, `false` sends
   * nothing. Default: as `storageMode` says.
   */
  readonly submit?: boolean | undefined
  /** Another name of `submit`. */
  readonly publish?: boolean | undefined
  /**
   * URL of the Jux server, with or without a path such as `/api/v1` or `/api/v1/junit/submit`.
   * Default: `http://localhost:4000`.
   */
  readonly apiUrl?: string | undefined
  /** API key for the server. Set it as `JUX_API_KEY` to keep it out of files. */
  readonly apiKey?: string | undefined
  /** Bearer token for the server. Set it as `JUX_BEARER_TOKEN` to keep it out of files. */
  readonly bearerToken?: string | undefined
  /**
   * Server that the credentials in the same place belong to: they are sent to no other, and a file
   * of the repository may name this server.
   */
  readonly apiKeyOrigin?: string | undefined
  /**
   * Form in which reports are sent. Default: `json`, or `reports` if the URL ends in `/reports`.
   */
  readonly protocol?: 'json' | 'xml' | 'reports' | undefined
  /** Timeout of one request, in seconds. Default: `30`. */
  readonly apiTimeout?: number | undefined
  /** Another name of `apiTimeout`. */
  readonly submitTimeout?: number | undefined
  /** Number of retries of a failed request. Default: `3`. */
  readonly apiMaxRetries?: number | undefined
  /** Another name of `apiMaxRetries`. */
  readonly submitRetries?: number | undefined
  /**
   * Time limit for everything after the last test, in seconds. Default: `90`, or `apiTimeout` if
   * that is longer.
   */
  readonly deadline?: number | undefined
  /** PEM file of certificate authorities to trust in addition to the system's. */
  readonly caFile?: string | undefined
  /** PEM file of the client certificate, for servers that require one. */
  readonly clientCertFile?: string | undefined
  /** PEM file of the client certificate's private key. */
  readonly clientKeyFile?: string | undefined
  /** Compress what is sent. Default: `false`. */
  readonly gzip?: boolean | undefined
  /** Send credentials over plain HTTP to another machine. Default: `false`. */
  readonly allowInsecureHttp?: boolean | undefined
  /** Dialect of JUnit XML in which reports are written. Default: `common`. */
  readonly dialect?: 'common' | 'jenkins' | 'ant' | undefined
  /**
   * What the paths of test files are relative to: the root of the git `repository` (without one,
   * the project), the `project`, or another folder, given as the path from it to the project, such
   * as `packages/api/`. Default: `repository`.
   */
  readonly filePaths?: FilePathBase | undefined
  /**
   * State the owners of each test file, as CODEOWNERS of the repository names them. Default:
   * `true`.
   */
  readonly owners?: boolean | undefined
  /**
   * How a run in which no test ran is written: with an `error`, as `skipped`, or `auto`: as skipped
   * if that is fine for the runner (`passWithNoTests`), otherwise with an error; its outcome is
   * `no-tests` in any case. Default: `auto`.
   */
  readonly nothingToRun?: 'auto' | 'error' | 'skipped' | undefined
  /**
   * Name of a test suite: a template such as `{file}`, or a function. Default: `{file}`, after
   * `[{project}]` where there are projects.
   */
  readonly suiteName?: NameTemplate | undefined
  /**
   * `classname` of a test case: a template such as `{file}`, or a function. Default: as
   * `suiteName`.
   */
  readonly className?: NameTemplate | undefined
  /** Name of a test case: a template such as `{fullName}`, or a function. Default: `{fullName}`. */
  readonly testName?: NameTemplate | undefined
  /** Maximum length of texts and of the whole report; a text that was cut says so. */
  readonly limits?: JuxLimits | undefined
  /**
   * Remove the `JUX_` variables with secrets from the environment before the tests start. Default:
   * `true`.
   */
  readonly hideSecrets?: boolean | undefined
  /** Replace secrets in reports with placeholders. Default: `true`. */
  readonly scrub?: boolean | undefined
  /** Names of more environment variables whose values are secret; `*` matches any characters. */
  readonly scrubNames?: readonly string[] | undefined
  /** More secret texts. Set it as `JUX_SCRUB_VALUES` to keep it out of files. */
  readonly scrubValues?: readonly string[] | undefined
  /** Regular expressions that match more secrets. */
  readonly scrubPatterns?: readonly string[] | undefined
  /** Names of environment variables, or texts, that are not secret. */
  readonly scrubAllow?: readonly string[] | undefined
}

/** Options that are other names of settings. */
export type AliasName = 'projectName' | 'metadata' | 'publish' | 'submitTimeout' | 'submitRetries'

/** The settings that have a default, which a stage with a fallback of its own is checked against. */
export interface SettingDefaults {
  readonly enabled: true
  readonly strict: false
  readonly verbose: false
  readonly jobSummary: true
  readonly dryRun: false
  readonly watch: false
  readonly allowReadableKey: false
  readonly storageMode: 'local'
  readonly tags: readonly []
  readonly environment: 'test'
  readonly apiUrl: 'http://localhost:4000'
  readonly protocol: 'json'
  readonly apiTimeout: 30
  readonly apiMaxRetries: 3
  readonly deadline: 90
  readonly gzip: false
  readonly allowInsecureHttp: false
  readonly dialect: 'common'
  readonly filePaths: 'repository'
  readonly owners: true
  readonly nothingToRun: 'auto'
  readonly hideSecrets: true
  readonly scrub: true
  readonly scrubNames: readonly []
  readonly scrubValues: readonly []
  readonly scrubPatterns: readonly []
  readonly scrubAllow: readonly []
}
