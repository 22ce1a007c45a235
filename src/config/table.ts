/**
 * The table of settings: each one's kind of value, default, documentation and names.
 *
 * Everything else is made from it: the parser, the type of the reporter's options (`options.ts`, written by
 * `node scripts/docs.mjs`), docs/configuration.md, `jux config`, and the flags of the commands; `setting-source.ts` has
 * the rules for names.
 *
 * Stages take a part of the settings. They may import types from this module, but no code.
 *
 * @module
 */
import type { AliasName, JuxOptions, SettingDefaults } from './options.js'
import {
  credential,
  filePathBase,
  flag,
  type Kind,
  list,
  nameTemplate,
  passphrase,
  path,
  patterns,
  pem,
  properties,
  seconds,
  sizes,
  testProperties,
  text,
  url,
  whole,
  word,
} from './values.js'

export type { SettingDefaults }

/** Name of a setting. */
export type SettingName = Exclude<keyof JuxOptions, AliasName>

/** All settings of a run: those with a default always have a value. */
export type Settings = Present<Pick<JuxOptions, keyof SettingDefaults>> &
  Pick<JuxOptions, Exclude<SettingName, keyof SettingDefaults>>

/** Some of the settings, all of them optional: what a stage takes. */
export type PartialSettings<Name extends SettingName> = MaybeAbsent<Pick<Settings, Name>>

type Present<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> }
type MaybeAbsent<T> = { readonly [K in keyof T]?: T[K] | undefined }

/** What the table says about a setting. */
export interface About {
  /** What it does, as Markdown: a sentence without its capital letter and its period. */
  readonly about: string
  /** The accepted form, in words. */
  readonly form: string
  /** The accepted words, where it is one of several. */
  readonly words: readonly string[]
  /** The default value. */
  readonly default: unknown
  /** The default in words, as Markdown; it may depend on other settings. */
  readonly defaultText: string | undefined
  /** Other names, camelCase. */
  readonly aliases: readonly string[]
  /** A variable that means the opposite of this one. */
  readonly oppositeVariable: string | undefined
  /** True or false. */
  readonly flag: boolean
  /** A path, relative to the place where it is written. */
  readonly path: boolean
  /** Never shown, and never a flag of `jux run`: all users of a machine can read command lines. */
  readonly secret: boolean
  /** Cannot be written as text, so it can be set only in reporter options and package.json. */
  readonly structured: boolean
}

/** A row of the table: what it says, and the kind of value. */
export interface Setting<T> extends About {
  readonly kind: Kind<T>
}

type Row = Pick<About, 'about'> &
  Partial<Pick<About, 'defaultText' | 'aliases' | 'oppositeVariable' | 'secret' | 'structured'>>

/**
 * The parts of the setting `limits`, in UTF-16 code units or bytes. What is cut, and how, is in `scrub/`.
 *
 * @internal
 */
export const LIMITS = {
  messageCharacters: { about: 'one message of an error, an annotation or a skip', default: 16_384 },
  detailCharacters: { about: 'one stack, difference, value or body', default: 131_072 },
  testOutputCharacters: { about: 'the console output of one test', default: 1_048_576 },
  moduleOutputCharacters: { about: 'the console output of one file outside its tests', default: 4_194_304 },
  reportBytes: { about: 'the whole report before it is signed, in bytes', default: 30_000_000 },
} as const

/**
 * All settings, in the order in which they are listed.
 *
 * @internal
 */
export const SETTINGS = {
  enabled: setting(flag, { about: 'create a report of each run', default: true }),
  strict: setting(flag, {
    about: 'fail the run if its report cannot be created, stored or sent',
    default: false,
  }),
  verbose: setting(flag, { about: 'print more details; secrets are never printed', default: false }),
  jobSummary: setting(flag, {
    about: 'append a summary of the run to the page of the GitHub Actions job (`GITHUB_STEP_SUMMARY`)',
    default: true,
  }),
  dryRun: setting(flag, { about: 'show what would be sent, but store and send nothing', default: false }),
  watch: setting(flag, { about: 'report the runs of watch mode too', default: false }),
  sign: setting(flag, {
    about: 'sign reports: `true` requires a key, `false` never signs',
    defaultText: 'sign if a key is configured',
    oppositeVariable: 'JUX_NO_SIGN',
  }),
  keyPath: setting(path, { about: 'path of the private key, a PEM file; `~` is the home folder' }),
  key: setting(pem, {
    about: 'private key as PEM text, for CI systems that keep secrets in variables',
    secret: true,
  }),
  keyPassphrase: setting(passphrase, { about: 'passphrase of an encrypted private key', secret: true }),
  certPath: setting(path, {
    about: "path of the key's certificate, a PEM file; the signature includes the certificate",
  }),
  digest: setting(word(['sha256', 'sha384', 'sha512']), {
    about: 'digest algorithm of the signature',
    defaultText: '`sha256`',
  }),
  canonicalization: setting(word(['exclusive', 'c14n11']), {
    about: 'canonicalization algorithm of the signature',
    defaultText: '`exclusive`',
  }),
  allowReadableKey: setting(flag, {
    about: 'accept a private key file that other users of the machine can read',
    default: false,
  }),
  storageMode: setting(word(['local', 'api', 'both', 'cache']), {
    about:
      'what happens to a report: `local` stores it, `api` sends it, `both` stores and sends it, `cache` puts it in the queue, sends it and then stores it',
    default: 'local',
  }),
  storagePath: setting(path, {
    about: 'folder of the store',
    defaultText: "`jux` in the platform's data folder",
  }),
  project: setting(text, {
    about: 'name of the project',
    defaultText: "last part of the git remote, name in package.json, or the folder's name",
    aliases: ['projectName'],
  }),
  branch: setting(text, { about: 'branch that was tested', defaultText: 'as the CI system or git says' }),
  commitSha: setting(text, { about: 'commit that was tested', defaultText: 'as the CI system or git says' }),
  tags: setting(list, { about: 'words to find the run by', default: [] }),
  environment: setting(text, { about: 'name of the environment that was tested', default: 'test' }),
  properties: setting(properties, {
    about:
      'custom properties of the run: values, or a function that is called once with the finished run; they replace detected properties of the same name',
    aliases: ['metadata'],
    structured: true,
  }),
  testProperties: setting(testProperties, {
    about: 'custom properties of single tests: a function that is called with each test and its file',
    structured: true,
  }),
  submit: setting(flag, {
    about: 'send reports to a server: `true` means the storage mode `both` unless one is set, `false` sends nothing',
    defaultText: 'as `storageMode` says',
    aliases: ['publish'],
  }),
  apiUrl: setting(url, {
    about: 'URL of the Jux server, with or without a path such as `/api/v1` or `/api/v1/junit/submit`',
    default: 'http://localhost:4000',
  }),
  apiKey: setting(credential, { about: 'API key for the server', secret: true }),
  bearerToken: setting(credential, { about: 'bearer token for the server', secret: true }),
  apiKeyOrigin: setting(url, {
    about:
      'server that the credentials in the same place belong to: they are sent to no other, and a file of the repository may name this server',
  }),
  protocol: setting(word(['json', 'xml', 'reports']), {
    about: 'form in which reports are sent',
    default: 'json',
    defaultText: '`json`, or `reports` if the URL ends in `/reports`',
  }),
  apiTimeout: setting(seconds(1, 300), {
    about: 'timeout of one request, in seconds',
    default: 30,
    aliases: ['submitTimeout'],
  }),
  apiMaxRetries: setting(whole(0, 10), {
    about: 'number of retries of a failed request',
    default: 3,
    aliases: ['submitRetries'],
  }),
  deadline: setting(seconds(1, 3600), {
    about: 'time limit for everything after the last test, in seconds',
    default: 90,
    defaultText: '`90`, or `apiTimeout` if that is longer',
  }),
  caFile: setting(path, {
    about: "PEM file of certificate authorities to trust in addition to the system's",
  }),
  clientCertFile: setting(path, {
    about: 'PEM file of the client certificate, for servers that require one',
  }),
  clientKeyFile: setting(path, { about: "PEM file of the client certificate's private key" }),
  gzip: setting(flag, { about: 'compress what is sent', default: false }),
  allowInsecureHttp: setting(flag, {
    about: 'send credentials over plain HTTP to another machine',
    default: false,
  }),
  dialect: setting(word(['common', 'jenkins', 'ant']), {
    about: 'dialect of JUnit XML in which reports are written',
    default: 'common',
  }),
  filePaths: setting(filePathBase, {
    about:
      'what the paths of test files are relative to: the root of the git `repository` (without one, the project), the `project`, or another folder, given as the path from it to the project, such as `packages/api/`',
    default: 'repository',
  }),
  owners: setting(flag, {
    about: 'state the owners of each test file, as CODEOWNERS of the repository names them',
    default: true,
  }),
  nothingToRun: setting(word(['auto', 'error', 'skipped']), {
    about:
      'how a run in which no test ran is written: with an `error`, as `skipped`, or `auto`: as skipped if that is fine for the runner (`passWithNoTests`), otherwise with an error; its outcome is `no-tests` in any case',
    default: 'auto',
  }),
  suiteName: setting(nameTemplate, {
    about: 'name of a test suite: a template such as `{file}`, or a function',
    defaultText: '`{file}`, after `[{project}]` where there are projects',
  }),
  className: setting(nameTemplate, {
    about: '`classname` of a test case: a template such as `{file}`, or a function',
    defaultText: 'as `suiteName`',
  }),
  testName: setting(nameTemplate, {
    about: 'name of a test case: a template such as `{fullName}`, or a function',
    defaultText: '`{fullName}`',
  }),
  limits: setting(sizes(namesOf(LIMITS)), {
    about: 'maximum length of texts and of the whole report; a text that was cut says so',
    structured: true,
  }),
  hideSecrets: setting(flag, {
    about: 'remove the `JUX_` variables with secrets from the environment before the tests start',
    default: true,
  }),
  scrub: setting(flag, { about: 'replace secrets in reports with placeholders', default: true }),
  scrubNames: setting(list, {
    about: 'names of more environment variables whose values are secret; `*` matches any characters',
    default: [],
  }),
  scrubValues: setting(list, { about: 'more secret texts', default: [], secret: true }),
  scrubPatterns: setting(patterns, { about: 'regular expressions that match more secrets', default: [] }),
  scrubAllow: setting(list, {
    about: 'names of environment variables, or texts, that are not secret',
    default: [],
  }),
}

/** The names of all settings, in the order of the table. */
export const SETTING_NAMES: readonly SettingName[] = namesOf(SETTINGS)

/** Whether this is the name of a setting; not an alias or a variable. */
export function isSettingName(candidate: string): candidate is SettingName {
  return Object.hasOwn(SETTINGS, candidate)
}

/** What the table says about a setting. */
export function aboutSetting(name: SettingName): Setting<unknown> {
  return SETTINGS[name]
}

/** Settings with these values, which their kinds have accepted, and the defaults of the others. */
export function completeSettings(values: ReadonlyMap<SettingName, unknown>): Settings {
  const all = Object.fromEntries(SETTING_NAMES.map((name) => [name, values.get(name) ?? defaultOf(name)]))
  if (hasDefaults(all)) return all
  throw new Error('a setting that has a default has no value')
}

/** What a setting does, without Markdown. */
export function plainAbout(name: SettingName): string {
  return aboutSetting(name).about.replaceAll('`', '')
}

function setting<T>(kind: Kind<T>, row: Row & { readonly default: NoInfer<T> }): Setting<T>
function setting<T>(kind: Kind<T>, row: Row): Setting<T | undefined>
function setting<T>(kind: Kind<T>, row: Row & { readonly default?: unknown }): Setting<T | undefined> {
  return {
    kind,
    about: row.about,
    form: kind.form,
    words: kind.words,
    default: row.default,
    defaultText: row.defaultText ?? textOf(row.default),
    aliases: row.aliases ?? [],
    oppositeVariable: row.oppositeVariable,
    flag: kind.type === 'flag',
    path: Object.is(kind, path),
    secret: row.secret ?? false,
    structured: row.structured ?? false,
  }
}

/** The values that the table describes. */
type TableValues = {
  readonly [K in keyof typeof SETTINGS]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never
}

function hasDefaults(values: Readonly<Record<string, unknown>>): values is TableValues {
  return SETTING_NAMES.every((name) => values[name] !== undefined || aboutSetting(name).default === undefined)
}

// The settings are frozen with their lists, the table is not.
function defaultOf(name: SettingName): unknown {
  const { default: value } = aboutSetting(name)
  return Array.isArray(value) ? [...value] : value
}

function textOf(value: unknown): string | undefined {
  return value === undefined || (Array.isArray(value) && value.length === 0) ? undefined : `\`${String(value)}\``
}

function namesOf<T extends object>(table: T): readonly (keyof T & string)[] {
  return Object.keys(table).filter((name): name is keyof T & string => Object.hasOwn(table, name))
}
