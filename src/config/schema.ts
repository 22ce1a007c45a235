/**
 * Every setting: its kind of value, its default, its names, and whether it is secret.
 *
 * One table. The environment variable of a setting is `JUX_` and its name in capitals, its name in INI files is the same in
 * small letters, its flag has dashes; aliases follow the same rule.
 *
 * @module
 */
import { z } from 'zod/v3'
import type { NameParts, PropertyValue, TestPropertySource, TestRun } from '../model.js'
import { block, flag, kind, list, path, seconds, text, url, type ValueKind, whole, word } from './values.js'

/** What is known of one setting. */
export interface About {
  /** The accepted form, in words. */
  readonly form: string
  /** The accepted words, where it is one of some. */
  readonly words: readonly string[]
  /** One line for `jux config list`. */
  readonly about: string
  /** Other names, camelCase. */
  readonly aliases: readonly string[]
  /** Never shown. */
  readonly secret: boolean
  /** A path, relative to the place where it was written. */
  readonly path: boolean
  /** Cannot be written as one text: only a reporter option or a key of package.json. */
  readonly structured: boolean
}

type Extras = Partial<Pick<About, 'aliases' | 'secret' | 'structured'>>
type PropertyFunction = (run: TestRun) => Readonly<Record<string, PropertyValue | undefined>>

const name = kind(
  'text or a function that returns text',
  z.union([z.string().min(1), z.custom<(parts: NameParts) => string>((value) => typeof value === 'function')]),
)
const properties = kind(
  'an object of texts, numbers and booleans, or a function that returns one',
  z.union([
    z.record(z.string(), z.union([z.string(), z.number().finite(), z.boolean(), z.undefined()])),
    z.custom<PropertyFunction>((value) => typeof value === 'function'),
  ]),
)
const testProperties = kind(
  'a function that returns an object of texts, numbers and booleans',
  z.custom<TestPropertySource>((value) => typeof value === 'function'),
)
const limit = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional()
const limits = kind(
  'an object of whole numbers: messageCharacters, detailCharacters, testOutputCharacters, moduleOutputCharacters, reportBytes',
  z
    .strictObject({
      messageCharacters: limit,
      detailCharacters: limit,
      testOutputCharacters: limit,
      moduleOutputCharacters: limit,
      reportBytes: limit,
    })
    .refine(isExact),
)
// One expression as text is one, because expressions contain commas.
const patterns = kind(
  'a regular expression, or a list of them',
  z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(z.string().min(1).refine(isPattern))),
)

const ABOUT = new Map<z.ZodTypeAny, About>()

/** All settings one by one, in the order in which they are listed. */
export const settingSchemas = z.strictObject({
  enabled: withDefault(true, flag, 'report at all'),
  strict: withDefault(false, flag, 'fail the run when its report could not be made, stored or sent'),
  verbose: withDefault(false, flag, 'print more'),
  jobSummary: withDefault(true, flag, 'a summary on the page of the GitHub job'),
  dryRun: withDefault(false, flag, 'show what would be sent, send nothing'),
  watch: withDefault(false, flag, 'report the runs of watch mode too'),
  sign: optional(flag, 'sign reports; without it: if a key is configured'),
  keyPath: optional(path, 'private key, PEM file'),
  key: optional(block, 'private key, PEM text', { secret: true }),
  keyPassphrase: optional(block, 'passphrase of the private key', { secret: true }),
  certPath: optional(path, 'certificate of the key, PEM file'),
  digest: optional(word(['sha256', 'sha384', 'sha512']), 'digest algorithm of signatures'),
  canonicalization: optional(word(['exclusive', 'c14n11']), 'canonicalization that signatures name'),
  allowReadableKey: withDefault(false, flag, 'accept a key file that other users can read'),
  storageMode: withDefault('local', word(['local', 'api', 'both', 'cache']), 'what becomes of a report'),
  storagePath: optional(path, 'folder of the store'),
  project: optional(text, 'name of the project', { aliases: ['projectName'] }),
  branch: optional(text, 'branch, instead of the detected one'),
  commitSha: optional(text, 'commit, instead of the detected one'),
  tags: withDefault([], list, 'words to find the run by'),
  environment: withDefault('test', text, 'name of the environment that was tested'),
  properties: optional(properties, 'properties of your own', { aliases: ['metadata'], structured: true }),
  testProperties: optional(testProperties, 'properties of your own on single tests', { structured: true }),
  submit: optional(flag, 'send reports to a server', { aliases: ['publish'] }),
  apiUrl: optional(url, 'address of the server'),
  apiKey: optional(text, 'API key of the server', { secret: true }),
  bearerToken: optional(text, 'bearer token of the server', { secret: true }),
  protocol: withDefault('json', word(['json', 'xml', 'reports']), 'form in which reports are sent'),
  apiTimeout: withDefault(30, seconds(1, 300), 'seconds for one request', { aliases: ['submitTimeout'] }),
  apiMaxRetries: withDefault(3, whole(0, 10), 'repetitions of a failed request', { aliases: ['submitRetries'] }),
  deadline: withDefault(60, seconds(1, 3600), 'seconds for everything after the last test'),
  caFile: optional(path, 'certificate authorities to trust, PEM file'),
  clientCertFile: optional(path, 'client certificate, PEM file'),
  clientKeyFile: optional(path, 'key of the client certificate, PEM file'),
  gzip: withDefault(false, flag, 'compress what is sent'),
  allowInsecureHttp: withDefault(false, flag, 'send credentials over plain http to another machine'),
  dialect: withDefault('common', word(['common', 'jenkins', 'ant']), 'whose JUnit is written'),
  suiteName: optional(name, 'name of a test suite'),
  className: optional(name, 'classname of a test case'),
  testName: optional(name, 'name of a test case'),
  limits: optional(limits, 'how much text a report may hold', { structured: true }),
  scrub: withDefault(true, flag, 'replace secrets in reports'),
  scrubNames: withDefault([], list, 'more variables with secret values (* for anything)'),
  scrubValues: withDefault([], list, 'more secret texts', { secret: true }),
  scrubPatterns: withDefault([], patterns, 'regular expressions of more secrets'),
  scrubAllow: withDefault([], list, 'variables or texts that are not secret'),
})

/** All settings together. */
export const settingsSchema = settingSchemas.refine(isExact)

/** All settings, with their values. */
export type Settings = Readonly<z.output<typeof settingsSchema>>

/** Name of a setting. */
export type SettingName = keyof Settings

/** The names of all settings, in the order of the table. */
export const SETTING_NAMES: readonly SettingName[] = Object.keys(settingSchemas.shape).filter(isSettingName)

/** Whether a setting of this very name exists. */
export function isSettingName(candidate: string): candidate is SettingName {
  return Object.hasOwn(settingSchemas.shape, candidate)
}

/** What the table says about a setting. */
export function aboutSetting(setting: SettingName): About {
  const about = ABOUT.get(settingSchemas.shape[setting])
  if (about === undefined) throw new Error(`${setting} stands in the schema without a description`)
  return about
}

/** The name of a setting, or its alias, as an environment variable: `apiUrl` is `JUX_API_URL`. */
export function variableName(camelName: string): string {
  return `JUX_${fileKey(camelName).toUpperCase()}`
}

/** ... as a key of an INI file: `api_url`. */
export function fileKey(camelName: string): string {
  return camelName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** ... as a flag: `--api-url`. */
export function flagName(camelName: string): string {
  return `--${fileKey(camelName).replaceAll('_', '-')}`
}

function optional<T extends z.ZodTypeAny>(kind: ValueKind<T>, about: string, extras: Extras = {}) {
  return describe(kind.schema.optional(), kind, about, extras)
}

function withDefault<T extends z.ZodTypeAny>(
  value: z.output<T>,
  kind: ValueKind<T>,
  about: string,
  extras: Extras = {},
) {
  return describe(kind.schema.default(value), kind, about, extras)
}

function describe<T extends z.ZodTypeAny>(
  schema: T,
  { form, words = [] }: ValueKind,
  about: string,
  extras: Extras,
): T {
  ABOUT.set(schema, {
    form,
    words,
    about,
    path: form === path.form,
    aliases: extras.aliases ?? [],
    secret: extras.secret ?? false,
    structured: extras.structured ?? false,
  })
  return schema
}

// An absent value is a missing member, so that a default can take its place.
function isExact<T extends object>(parsed: T): parsed is T & { [K in keyof T]: Exclude<T[K], undefined> } {
  return !Object.values(parsed).includes(undefined)
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source)
    return true
  } catch {
    return false
  }
}
