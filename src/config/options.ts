/**
 * The reporter's options, as written in `vitest.config.ts` or `jest.config.js`.
 *
 * Every option can also be an environment variable (`JUX_` and the name in capitals) or a line of a file; the environment
 * wins over the options, the options win over files.
 *
 * @module
 */
import type { NameTemplate, PropertyValue, TestPropertySource, TestRun } from '../model.js'

/** Properties of the user's own: values, or a function that is called once with the finished run. */
export type PropertySource =
  | Readonly<Record<string, PropertyValue | undefined>>
  | ((run: TestRun) => Readonly<Record<string, PropertyValue | undefined>>)

/** How much text a report may hold. Lengths are in UTF-16 code units, as `String.length` counts. */
export interface JuxLimits {
  /** One message of an error, an annotation or a skip. Default 16,384. */
  readonly messageCharacters?: number
  /** One stack, difference, value or body. Default 131,072. */
  readonly detailCharacters?: number
  /** Console output of one test. Default 1,048,576. */
  readonly testOutputCharacters?: number
  /** Console output of one file outside its tests. Default 4,194,304. */
  readonly moduleOutputCharacters?: number
  /** The whole report before it is signed, in bytes. Default 30,000,000. */
  readonly reportBytes?: number
}

// A type and no interface: only that is assignable to the Record that runners take for a reporter's options.
/** Options of the reporters. All are optional. */
export type JuxOptions = {
  /** `false` turns the reporter off. Default `true`. */
  readonly enabled?: boolean
  /** `true` insists on a signature, `false` forbids one. Default: sign if a key is configured. */
  readonly sign?: boolean
  /** Path of the private key, PEM. `~` is the home folder. */
  readonly keyPath?: string
  /** The private key itself, PEM text; for CI systems that keep secrets in variables. Better set as `JUX_KEY`. */
  readonly key?: string
  /** Passphrase of an encrypted private key. Better set as `JUX_KEY_PASSPHRASE`. */
  readonly keyPassphrase?: string
  /** Path of the certificate that belongs to the key, PEM; travels inside the signature. */
  readonly certPath?: string
  /** Digest algorithm of the signature. Default `sha256`. */
  readonly digest?: 'sha256' | 'sha384' | 'sha512'
  /** Canonicalization that the signature names. Default `exclusive`. */
  readonly canonicalization?: 'exclusive' | 'c14n11'
  /** Accept a private key file that other users of the machine can read. Default `false`. */
  readonly allowReadableKey?: boolean
  /** What becomes of a report: `local` stores it, `api` sends it, `both`, or `cache`: queue, send, store. Default `local`. */
  readonly storageMode?: 'local' | 'api' | 'both' | 'cache'
  /** Folder of the store. Default: `jux` in the platform's data folder. */
  readonly storagePath?: string
  /** Name of the project. Default: last part of the git remote, name in package.json, or the folder's name. */
  readonly project?: string
  /** Another name of `project`. */
  readonly projectName?: string
  /** Branch, instead of the one that CI or git knows. */
  readonly branch?: string
  /** Commit, instead of the one that CI or git knows. */
  readonly commitSha?: string
  /** Words to find the run by. */
  readonly tags?: readonly string[]
  /** Name of the environment that was tested. Default `test`. */
  readonly environment?: string
  /** `true` sends reports: the storage mode is then `both` unless one is set. `false` sends none. */
  readonly submit?: boolean
  /** Another name of `submit`. */
  readonly publish?: boolean
  /** Address of the Jux server, in any spelling: `https://jux.example.com`, `…/api/v1`, `…/api/v1/junit/submit`. */
  readonly apiUrl?: string
  /** API key of the server. Better set as `JUX_API_KEY`. */
  readonly apiKey?: string
  /** Bearer token of the server. Better set as `JUX_BEARER_TOKEN`. */
  readonly bearerToken?: string
  /** Form in which reports are sent. Default `json`; `reports` if the URL ends in `/reports`. */
  readonly protocol?: 'json' | 'xml' | 'reports'
  /** Seconds for one request. Default 30. */
  readonly apiTimeout?: number
  /** Another name of `apiTimeout`. */
  readonly submitTimeout?: number
  /** How often a failed request is repeated. Default 3. */
  readonly apiMaxRetries?: number
  /** Another name of `apiMaxRetries`. */
  readonly submitRetries?: number
  /** Seconds for everything after the last test. Default 60, or `apiTimeout` if that is longer. */
  readonly deadline?: number
  /** PEM file of certificate authorities, trusted beside the system's. */
  readonly caFile?: string
  /** PEM file of the client certificate, for servers that ask for one. */
  readonly clientCertFile?: string
  /** PEM file of the client certificate's key. */
  readonly clientKeyFile?: string
  /** Compress what is sent. Default `false`. */
  readonly gzip?: boolean
  /** Send credentials over plain http to another machine. Default `false`. */
  readonly allowInsecureHttp?: boolean
  /** A report that could not be made, stored or sent makes the run fail. Default `false`. */
  readonly strict?: boolean
  /** Append a summary of the run to the page of a GitHub job (`GITHUB_STEP_SUMMARY`). Default `true`. */
  readonly jobSummary?: boolean
  /** Make and store the report, show what would be sent, send nothing. Default `false`. */
  readonly dryRun?: boolean
  /** Print more. Secrets are never printed. Default `false`. */
  readonly verbose?: boolean
  /** Whose JUnit is written: `common`, `jenkins` or `ant`. Default `common`. */
  readonly dialect?: 'common' | 'jenkins' | 'ant'
  /** Name of a test suite. */
  readonly suiteName?: NameTemplate
  /** `classname` of a test case. */
  readonly className?: NameTemplate
  /** Name of a test case. */
  readonly testName?: NameTemplate
  /** Report the runs of watch mode too. Default `false`. */
  readonly watch?: boolean
  /** How much text a report may hold; what is cut says so. */
  readonly limits?: JuxLimits
  /** Properties of your own; they win over those that are found. */
  readonly properties?: PropertySource
  /** Properties of your own on single tests: called with each test and its file. */
  readonly testProperties?: TestPropertySource
  /** Another name of `properties`. */
  readonly metadata?: PropertySource
  /** Replace secrets in reports. Default `true`. */
  readonly scrub?: boolean
  /** Names of more environment variables whose values are secret; `*` stands for anything. */
  readonly scrubNames?: readonly string[]
  /** More secret texts. */
  readonly scrubValues?: readonly string[]
  /** Regular expressions (as text) of more secrets. */
  readonly scrubPatterns?: readonly string[]
  /** Names of environment variables, or texts, that are not secret whatever they look like. */
  readonly scrubAllow?: readonly string[]
}
