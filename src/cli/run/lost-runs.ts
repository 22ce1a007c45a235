/**
 * Reports the runs of a `jux run` that was killed.
 *
 * @module
 */
import type { ZodType, ZodTypeDef } from 'zod/v3'
import type { Config } from '../../config/load.js'
import type { Facts } from '../../enrich/facts.js'
import { ownersIn } from '../../enrich/owners.js'
import { messageOf } from '../../errors.js'
import type { ModuleResult, Property, Runner } from '../../model.js'
import { composeReport, flushReport, type Materials, type PipelineSettings } from '../../pipeline.js'
import { textScrubber } from '../../scrub/scrub.js'
import { loadSigner } from '../../sign/keys.js'
import { storeRoot } from '../../store/paths.js'
import { type LostRun, takeLostRuns } from '../../store/spool.js'
import type { System } from '../../system.js'
import { lostRun } from '../../witness/lost-run.js'
import type { StartedFile } from '../../witness/protocol.js'
import { parseModule, parseStartedFile } from '../../witness/schema.js'
import { zod } from '../../zod.js'

/** The first line of a spooled run. */
export interface SpoolHeader {
  readonly run: SpooledRun
  readonly facts: Pick<Facts, 'beforeRunner' | 'afterRunner' | 'folder'>
  readonly settings: Partial<Pick<PipelineSettings, (typeof NAMING)[number]>>
  /** Root of the store of the report. */
  readonly root: string
  readonly isSigned: boolean
}

/** What is known of a run when it starts. */
export interface SpooledRun {
  readonly runner: Runner
  readonly rootDir: string
  readonly startedAt: string
  readonly properties: readonly Property[]
}

/** Settings that decide how the results are written. */
const NAMING = ['dialect', 'nothingToRun', 'suiteName', 'className', 'testName', 'pathPrefix'] as const

/** The first line of a spooled run, without secrets. */
export function spoolHeader(
  run: Omit<SpooledRun, 'properties'>,
  { facts, settings, system, signer }: Materials,
  witness: Property,
): SpoolHeader {
  const scrubText = textScrubber(settings, system.env)
  const clean = ({ name, value }: Property) => ({ name, value: settings.scrub === false ? value : scrubText(value) })
  const naming = NAMING.flatMap((name) => {
    const value = settings[name]
    return typeof value === 'function' || value === undefined ? [] : [[name, value] as const]
  })
  return {
    run: { ...run, properties: [witness] },
    facts: {
      beforeRunner: facts.beforeRunner.map(clean),
      afterRunner: facts.afterRunner.map(clean),
      folder: facts.folder,
    },
    settings: Object.fromEntries(naming),
    root: storeRoot(settings, system),
    isSigned: signer !== undefined,
  }
}

/** What the reports of lost runs are made with. */
type RecoveryMaterials = Pick<Materials, 'settings' | 'signer' | 'system'>

/**
 * Stores a report of each run whose `jux run` was killed. Its outcome is `interrupted`, whatever its results are. Never
 * rejects.
 *
 * @param config with a key, the reports are signed
 * @param notice writes a line for people
 */
export async function reportLostRuns(
  { settings }: Pick<Config, 'settings'>,
  system: System,
  notice: (text: string) => void,
): Promise<void> {
  try {
    for (const lost of takeLostRuns(storeRoot(settings, system))) {
      try {
        const hasKey = (settings.keyPath ?? settings.key) !== undefined && settings.sign !== false
        const signer = hasKey ? await loadSigner(settings, system) : undefined
        reportLostRun(lost, { settings, signer, system }, notice)
        lost.delete()
      } catch (error) {
        notice(`a run that was killed has no report yet: ${messageOf(error)} (${lost.path})`)
      }
    }
  } catch (error) {
    notice(`the results of runs that were killed cannot be read: ${messageOf(error)}`)
  }
}

function reportLostRun({ lines }: LostRun, materials: RecoveryMaterials, notice: (text: string) => void): void {
  const [first, ...others] = lines
  if (first === undefined) return
  const header = parseHeader(first)
  if (header === undefined) throw new Error('its first line cannot be read; delete the file to give it up')
  const { run, facts, settings, root, isSigned } = header
  if (isSigned && materials.signer === undefined) {
    throw new Error('it was to be signed; set JUX_KEY_PATH, and call this command again')
  }
  const { started, modules } = readLines(others)
  const own = ({ name }: Property) => name !== 'jux:outcome'
  const known = {
    beforeRunner: facts.beforeRunner.filter(own),
    afterRunner: facts.afterRunner.filter(own),
    folder: facts.folder,
    userProperties: {},
    testProperties: undefined,
    hints: [],
  }
  const { system } = materials
  const storageMode = materials.settings.storageMode === 'local' ? 'local' : 'cache'
  const at = new Date(run.startedAt)
  const whole = lostRun({
    ...run,
    runId: system.uuid(),
    startedAt: at,
    finishedAt: at,
    modules,
    unfinished: started.values(),
    reason: 'jux run was killed',
  })
  const report = composeReport(whole, {
    ...materials,
    settings: {
      ...materials.settings,
      ...NO_TEMPLATES,
      ...settings,
      ownersFolder: facts.folder,
      ownersOf: materials.settings.owners === false ? undefined : ownersIn(run.rootDir),
      storageMode,
      storagePath: root,
      dryRun: false,
    },
    facts: known,
  })
  const { path, failures } = flushReport(report, {
    ...materials,
    settings: { ...materials.settings, storageMode, storagePath: root, dryRun: false },
    facts: known,
  })
  for (const failure of failures) throw failure
  notice(`a run was killed at or after ${run.startedAt}; its results until then are in ${path}`)
}

function readLines(lines: readonly unknown[]) {
  const modules: ModuleResult[] = []
  const started = new Map<string, StartedFile>()
  for (const line of lines) {
    const file = memberOf(line, 'started')
    if (file !== undefined) {
      const read = parseStartedFile(file)
      started.set(read.id, read)
      continue
    }
    const module = parseModule(memberOf(line, 'module'))
    modules.push(module)
    started.delete(module.id)
  }
  return { modules, started }
}

const NO_TEMPLATES = { suiteName: undefined, className: undefined, testName: undefined, pathPrefix: undefined }

let headerSchema: ReturnType<typeof createHeaderSchema> | undefined

function parseHeader(value: unknown): SpoolHeader | undefined {
  headerSchema ??= createHeaderSchema()
  return headerSchema.safeParse(value).data
}

function createHeaderSchema() {
  const z = zod()
  const properties = z.array(z.object({ name: z.string(), value: z.string() }))
  const schema: ZodType<SpoolHeader, ZodTypeDef, unknown> = z.object({
    run: z.object({
      runner: z.object({ name: z.string(), version: z.string() }),
      rootDir: z.string(),
      startedAt: z.string().datetime(),
      properties,
    }),
    facts: z.object({ beforeRunner: properties, afterRunner: properties, folder: z.string().optional() }),
    settings: z.object({
      dialect: z.enum(['common', 'jenkins', 'ant']).optional(),
      nothingToRun: z.enum(['auto', 'error', 'skipped']).optional(),
      suiteName: z.string().optional(),
      className: z.string().optional(),
      testName: z.string().optional(),
      pathPrefix: z.string().optional(),
    }),
    root: z.string(),
    isSigned: z.boolean(),
  })
  return schema
}

function memberOf(line: unknown, name: string): unknown {
  return typeof line === 'object' && line !== null ? Reflect.get(line, name) : undefined
}
