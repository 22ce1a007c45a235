/**
 * Names of suites, classes and tests: by default, by template, or by a custom function.
 *
 * Consumers merge test cases of the same `classname` and `name`, so each pair is unique in a report: ` (2)` is appended to
 * the second, ` (3)` to the third.
 *
 * @module
 */
import { posix } from 'node:path'
import type { PartialSettings } from '../config/table.js'
import { JuxError, messageOf } from '../errors.js'
import type { NameParts, NameTemplate } from '../model.js'
import { refusePromise } from '../returned.js'
import { legalText } from '../xml/text.js'
import { visibleName } from './values.js'

/** Between the titles of nested describes. */
const SEPARATOR = ' > '

/** Templates that replace the default names. */
export interface NameSettings extends PartialSettings<'suiteName' | 'className' | 'testName'> {}

/** The placeholders of a template and their values. */
const PLACEHOLDERS: Readonly<Record<string, (parts: NameParts) => string>> = {
  file: ({ file }) => file,
  filename: ({ file }) => posix.basename(file),
  folder: ({ file }) => posix.dirname(file),
  project: ({ project }) => project ?? '',
  path: ({ path }) => path.join(SEPARATOR),
  title: ({ title }) => title,
  fullName: defaultTestName,
}

type Namer = (parts: NameParts) => string

/** Gives names to one report. */
export class Names {
  /** What was wrong with templates, at most one error for each setting. Default names were used instead. */
  readonly problems: JuxError[] = []
  readonly suite: Namer
  readonly className: Namer
  readonly #testName: Namer
  #taken = new Map<string, Map<string, number>>()

  constructor(settings: NameSettings) {
    this.suite = this.#namer('suiteName', settings.suiteName, defaultSuiteName)
    const className = this.#namer('className', settings.className, defaultSuiteName)
    this.className = settings.className === undefined ? oncePerFile(className) : className
    this.#testName = this.#namer('testName', settings.testName, defaultTestName)
  }

  /** The classes of the cases that have got a name. */
  get classNames(): readonly string[] {
    return [...this.#taken.keys()]
  }

  /** Forgets which names are taken. */
  clear(): void {
    this.#taken = new Map()
  }

  /**
   * A name that no other case of this class has.
   *
   * @param fixed uses the title as the name: for cases that are not tests
   */
  testName(className: string, parts: NameParts, fixed: boolean): string {
    return this.#unique(className, fixed ? legalText(parts.title) : this.#testName(parts))
  }

  // The name, or the name with the first number that makes it unique in its class.
  #unique(className: string, name: string): string {
    let taken = this.#taken.get(className)
    if (taken === undefined) {
      taken = new Map()
      this.#taken.set(className, taken)
    }
    const seen = taken.get(name)
    if (seen === undefined) {
      taken.set(name, 1)
      return name
    }
    let number = seen + 1
    while (taken.has(`${name} (${number})`)) number++
    taken.set(name, number)
    const numbered = `${name} (${number})`
    taken.set(numbered, 1)
    return numbered
  }

  #namer(setting: keyof NameSettings, template: NameTemplate | undefined, byDefault: Namer): Namer {
    const fallback: Namer = (parts) => visibleName(byDefault(parts)) ?? '(no name)'
    if (template === undefined) return fallback
    if (typeof template === 'string') {
      const unknown = [...template.matchAll(/\{(\w+)\}/g)].find(([, name = '']) => !Object.hasOwn(PLACEHOLDERS, name))
      if (unknown === undefined) return (parts) => visibleName(fill(template, parts)) ?? fallback(parts)
      this.problems.push(unknownPlaceholder(setting, unknown[0]))
      return fallback
    }
    let failed = false
    return (parts) => {
      try {
        // A copy, because the function may change it.
        const name: unknown = template({ ...parts, path: [...parts.path] })
        if (typeof name === 'string') return visibleName(name) ?? fallback(parts)
        refusePromise(name, 'a string')
        throw new TypeError(`it returned ${name === null ? 'null' : `a value of type ${typeof name}`}, not a string`)
      } catch (cause) {
        if (!failed) this.problems.push(failedTemplate(setting, cause))
        failed = true
        return fallback(parts)
      }
    }
  }
}

// The cases of a file follow each other, and the default name of their class is that of their file.
function oncePerFile(namer: Namer): Namer {
  let file: string | undefined
  let project: string | undefined
  let name = ''
  return (parts) => {
    if (parts.file === file && parts.project === project) return name
    name = namer(parts)
    file = parts.file
    project = parts.project
    return name
  }
}

function defaultSuiteName({ file, project }: NameParts): string {
  return project === undefined || project === '' ? file : `[${project}] ${file}`
}

function defaultTestName({ path, title }: NameParts): string {
  let name = ''
  for (const describe of path) name += `${describe}${SEPARATOR}`
  return name + title
}

function fill(template: string, parts: NameParts): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => PLACEHOLDERS[name]?.(parts) ?? '')
}

function unknownPlaceholder(setting: string, placeholder: string): JuxError {
  return new JuxError('CONFIG_INVALID_VALUE', {
    message: `${setting} has an unknown placeholder ${placeholder}; default names were used`,
    suggestions: [
      `use ${Object.keys(PLACEHOLDERS)
        .map((name) => `{${name}}`)
        .join(', ')}`,
    ],
    reason: 'name-template',
  })
}

function failedTemplate(setting: string, cause: unknown): JuxError {
  return new JuxError('CONFIG_INVALID_VALUE', {
    message: `the function ${setting} failed: ${messageOf(cause)}; default names were used`,
    suggestions: [`make ${setting} return a string for every file, describe and test`],
    reason: 'name-template',
    cause,
  })
}
