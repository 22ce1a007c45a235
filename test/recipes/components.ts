/**
 * Runs the GitHub Action and the GitLab component of this repository as their providers do: inputs are put into the parsed
 * YAML, and shell steps are run with the provider's shell. An expression or a condition has to be one of those listed here.
 *
 * @module
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

type Values = Readonly<Record<string, string>>

const values = z.record(z.string(), z.string())
const step = z.strictObject({
  id: z.string().optional(),
  if: z.string().optional(),
  shell: z.literal('bash').optional(),
  'working-directory': z
    .string()
    .regex(/^\$\{\{ inputs\.working-directory \}\}$/)
    .optional(),
  env: values.optional(),
  run: z.string().optional(),
  uses: z.string().optional(),
  with: values.optional(),
})
const action = z.strictObject({
  name: z.string(),
  description: z.string(),
  inputs: z.record(
    z.string(),
    z.strictObject({ description: z.string(), required: z.boolean().optional(), default: z.string().optional() }),
  ),
  outputs: z.record(z.string(), z.strictObject({ description: z.string(), value: z.string() })),
  runs: z.strictObject({ using: z.literal('composite'), steps: z.array(step) }),
})

/** The action, as its file says. */
export const ACTION = action.parse(parse(read('action.yml')))

/** What a step or a job did. */
export interface Ran {
  readonly status: number | null
  readonly output: string
}

/** Runs a script: the words of the shell, the folder, and the environment. */
export type Shell = (words: readonly string[], folder: string, env: Values) => Promise<Ran>

/** What the action did. */
export interface ActionRan extends Ran {
  /** Exit code of each step that ran, by its place; `undefined` for a step that did not run. */
  readonly steps: readonly (number | null | undefined)[]
  readonly outputs: Values
  /** What was added to the page of the job. */
  readonly summary: string
  /** The folder that would be kept as an artifact. */
  readonly artifact: string | undefined
}

/** Runs the action with these inputs. Its status is that of the first step that failed. */
export async function runAction(inputs: Values, temporary: string, project: string, shell: Shell): Promise<ActionRan> {
  const defaults = Object.entries(ACTION.inputs).map(([name, input]) => [name, input.default ?? ''])
  const known: Record<string, string> = { ...Object.fromEntries(defaults), ...inputs }
  const folder = mkdtempSync(join(temporary, 'action-'))
  const files = { output: join(folder, 'output'), summary: join(folder, 'summary') }
  for (const file of Object.values(files)) writeFileSync(file, '')
  let outputs: Record<string, string> = {}
  const expand = (text: string) =>
    text.replace(/\$\{\{ (inputs|steps\.run\.outputs)\.([\w-]+) \}\}/g, (_, where, name) => {
      const value = where === 'inputs' ? known[name] : (outputs[name] ?? '')
      if (value === undefined) throw new Error(`no input ${name}`)
      return value
    })
  const holds = (condition: string | undefined) =>
    (condition ?? '').split(' && ').every((part) => {
      const [, where = '', name = ''] = /^(inputs|steps\.run\.outputs)\.([\w-]+) != ''$/.exec(part) ?? []
      if (part === 'always()' || part === '') return true
      if (where === '') throw new Error(`unknown condition: ${part}`)
      return expand(`\${{ ${where}.${name} }}`) !== ''
    })
  const ran: (Ran | undefined)[] = []
  let artifact: string | undefined
  for (const [place, { if: condition, env = {}, run, with: settings }] of ACTION.runs.steps.entries()) {
    if (!holds(condition)) {
      ran.push(undefined)
      continue
    }
    if (run === undefined) {
      artifact = expand(settings?.path ?? '')
      ran.push({ status: 0, output: '' })
      continue
    }
    // GitHub replaces expressions in scripts too, so that none may be there.
    if (run.includes('${{')) throw new Error(`an expression in the script of step ${place}`)
    const file = join(folder, `step-${place}.sh`)
    writeFileSync(file, run)
    const words = ['bash', '--noprofile', '--norc', '-eo', 'pipefail', file]
    const expanded = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, expand(value)]))
    ran.push(
      await shell(words, join(project, known['working-directory'] ?? ''), {
        GITHUB_OUTPUT: files.output,
        GITHUB_STEP_SUMMARY: files.summary,
        RUNNER_TEMP: temporary,
        ...expanded,
      }),
    )
    outputs = readOutputs(readFileSync(files.output, 'utf8'))
  }
  return {
    status: ran.find((one) => one !== undefined && one.status !== 0)?.status ?? 0,
    output: ran.map((one) => one?.output ?? '').join(''),
    steps: ran.map((one) => one?.status),
    outputs: Object.fromEntries(Object.entries(ACTION.outputs).map(([name, { value }]) => [name, expand(value)])),
    summary: readFileSync(files.summary, 'utf8'),
    artifact,
  }
}

// `name=value`, or `name<<END`, the lines of the value, and END.
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {}
  for (const [, name = '', end, lines = '', value = ''] of text.matchAll(
    /^([\w-]+)(?:<<(\S+)\n((?:.*\n)*?)\2|=(.*))$/gm,
  )) {
    outputs[name] = end === undefined ? value : lines.replace(/\n$/, '')
  }
  return outputs
}

const component = z.strictObject({
  spec: z.strictObject({
    inputs: z.record(
      z.string(),
      z.strictObject({
        description: z.string(),
        default: z.string().optional(),
        options: z.array(z.string()).optional(),
      }),
    ),
  }),
})
const jobs = z.record(
  z.string(),
  z.strictObject({
    stage: z.string(),
    image: z.string(),
    variables: z.record(z.string(), z.strictObject({ value: z.string(), expand: z.literal(false) })),
    script: z.array(z.string()),
    artifacts: z.strictObject({
      when: z.literal('always'),
      paths: z.array(z.string()),
      reports: z.strictObject({ junit: z.string() }),
    }),
  }),
)

/** A job of the component with inputs. */
export interface ComponentJob {
  readonly name: string
  readonly variables: Values
  readonly script: readonly string[]
}

/**
 * Puts inputs into the component.
 *
 * @throws Error for an input that is unknown, missing or not among its options
 */
export function componentJob(given: Values): ComponentJob {
  const [header, body] = parseAllDocuments(read('templates/jux.yml')).map((document) => document.toJS())
  const { inputs } = component.parse(header).spec
  for (const [name, value] of Object.entries(given)) {
    if (inputs[name] === undefined) throw new Error(`no input ${name}`)
    if (inputs[name].options?.includes(value) === false) throw new Error(`${name} is none of its options`)
  }
  const expand = (text: string) =>
    text.replace(/\$\[\[ inputs\.([\w-]+) \]\]/g, (_, name) => {
      const value = given[name] ?? inputs[name]?.default
      if (value === undefined) throw new Error(`the input ${name} is missing`)
      return value
    })
  const [[name = '', job] = []] = Object.entries(jobs.parse(body))
  if (job === undefined) throw new Error('the component has no job')
  for (const line of job.script) if (line.includes('$[[')) throw new Error('an input in the script')
  return {
    name: expand(name),
    variables: Object.fromEntries(Object.entries(job.variables).map(([name, { value }]) => [name, expand(value)])),
    script: job.script,
  }
}
