/**
 * `jux waiver`: writes, lists and verifies exceptions for single tests.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import { readEnvelope } from '../../attest/dsse.js'
import { JuxError, shellWord, toJuxError } from '../../errors.js'
import { isExpired, readWaiverContent, signWaiver, type Waiver, type WaiverContent } from '../../gate/waivers.js'
import { expandPath } from '../../sign/key-files.js'
import { loadTrust } from '../../sign/trust.js'
import { addSubcommand, type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { writeNewOutput } from '../files.js'
import { collect } from '../flag-values.js'
import { readWaiverFile, readWaiverFiles, waiverPaths } from '../gate/files.js'
import type { WaiverJson } from '../json.js'
import type { Manual } from '../manual.js'
import { loadNamedSigner } from '../named-signer.js'
import { errorFields, oneLine, outPaint, withJsonErrors, writeJson } from '../output.js'
import { settingOption } from '../setting-flags.js'

const DEFAULT_FOLDER = 'waivers'
/** Characters of the digest in the name of a file. */
const NAME_DIGITS = 12

interface AddFlags {
  readonly test: string
  readonly project?: string | undefined
  readonly reason: string
  readonly owner: string
  readonly expires: string
  readonly folder: string
  readonly key?: string | undefined
}

interface TrustFlags {
  readonly cert?: string[] | undefined
  readonly publicKey?: string[] | undefined
  readonly trust?: string[] | undefined
  readonly ca?: string[] | undefined
  readonly json?: boolean | undefined
}

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [{ does: 'list the waivers in the folder waivers', line: 'jux waiver list' }],
  exits: { ok: 'done', failed: 'a waiver cannot be read or written, or is not valid' },
  commands: {
    add: {
      examples: [
        {
          does: 'except a test until the end of the year',
          line: 'jux waiver add --test "src/pay.test.ts > pays" --reason "bank is down, #812" --owner payments --expires 2099-12-31 --key lead.pem',
        },
      ],
      exits: { ok: 'written', failed: 'not written' },
    },
    list: {
      examples: [{ does: 'list the waivers in a folder, without verifying them', line: 'jux waiver list waivers' }],
      exits: { ok: 'every file is a waiver', failed: 'a file cannot be read' },
    },
    verify: {
      examples: [
        { does: 'verify all waivers in a folder', line: 'jux waiver verify waivers --public-key lead.pub.pem' },
      ],
      exits: { ok: 'every waiver is signed by an approver and has not expired', failed: 'at least one is not' },
    },
  },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const parent = createCommand('waiver', 'Except single tests from a gate for a time, each with a signature.', context)
  const add = addSubcommand(parent, 'add', 'write a waiver, signed with the key of an approver')
    .requiredOption('--test <name>', 'the test as a gate names it: class > name')
    .option('--project <name>', 'only in reports of this project')
    .requiredOption('--reason <text>', 'why the test is excepted')
    .requiredOption('--owner <name>', 'who takes care of it')
    .requiredOption('--expires <date>', 'the last day, in UTC, such as 2026-12-31')
    .option('--folder <folder>', 'where to write it', DEFAULT_FOLDER)
    .addOption(settingOption('keyPath', '--key <file>'))
  add.action(async (flags: AddFlags) => finish(await addWaiver(flags, add, context)))
  addSubcommand(parent, 'list', 'list waivers, without verifying them')
    .argument('[path]', 'a waiver, or a folder with waivers', DEFAULT_FOLDER)
    .option('--json', 'print JSON')
    .action(async (path: string, flags: { json?: boolean }) => {
      finish(await withJsonErrors(context, flags.json, () => listWaivers(path, flags.json === true, context)))
    })
  const verify = addSubcommand(parent, 'verify', 'check who signed waivers, and that none has expired')
    .argument('[path]', 'a waiver, or a folder with waivers', DEFAULT_FOLDER)
    .option('--cert <file>', 'certificate of an approver; may be repeated', collect)
    .option('--public-key <file>', 'public key of an approver; may be repeated', collect)
    .option('--trust <folder>', 'folder with certificates and public keys of approvers; may be repeated', collect)
    .option('--ca <file>', 'certificate authority of approvers; may be repeated', collect)
    .option('--json', 'print JSON')
  verify.action(async (path: string, flags: TrustFlags) => {
    if ((flags.cert ?? flags.publicKey ?? flags.trust ?? flags.ca) === undefined) {
      verify.error('error: no approver: use --cert, --public-key, --trust or --ca', { exitCode: EXIT.usage })
    }
    finish(await withJsonErrors(context, flags.json, () => verifyWaivers(path, flags, context)))
  })
  return parent
}

async function addWaiver(flags: AddFlags, command: Command, context: CliContext): Promise<number> {
  const { system } = context
  const signer = await loadNamedSigner(command, flags, context)
  const { test, project, reason, owner, expires } = flags
  const content: WaiverContent = {
    version: 1,
    test,
    ...(project === undefined ? {} : { project }),
    reason,
    owner,
    expires,
    created: system.now().toISOString(),
  }
  if (isExpired(content, system.now())) {
    throw new JuxError('INVALID_ARGUMENT', {
      message: `the last day ${expires} is over`,
      suggestions: ['choose a later day'],
    })
  }
  const bytes = Buffer.from(`${JSON.stringify(signWaiver(content, signer), undefined, 2)}\n`)
  const folder = expandPath(flags.folder, system)
  mkdirSync(folder, { recursive: true })
  const name = `${createHash('sha256').update(bytes).digest('hex').slice(0, NAME_DIGITS)}.waiver.json`
  writeNewOutput(join(folder, name), bytes)
  context.out(`wrote ${oneLine(join(flags.folder, name))}: ${oneLine(test)} until ${expires}\n`)
  const by = signer.subject ?? `sha256:${signer.fingerprint.slice(0, 16)}…`
  context.err(`signed with ${signer.keyDescription} (${oneLine(by)})\n`)
  return EXIT.ok
}

async function listWaivers(path: string, json: boolean, context: CliContext): Promise<number> {
  const now = context.system.now()
  const rows: WaiverJson[] = []
  for (const file of foundWaivers(path, context)) {
    const name = basename(file)
    try {
      const { payload } = readEnvelope(await readWaiverFile(file))
      rows.push(rowOf(name, readWaiverContent(payload), now))
    } catch (thrown) {
      rows.push({ file: name, ...errorFields(toJuxError(thrown)) })
    }
  }
  print(rows, json, context)
  return rows.every(({ error }) => error === undefined) ? EXIT.ok : EXIT.failed
}

async function verifyWaivers(path: string, flags: TrustFlags, context: CliContext): Promise<number> {
  const { cert, publicKey, trust, ca, json } = flags
  const approvers = await loadTrust({ certs: cert, publicKeys: publicKey, directories: trust, ca }, context.system)
  const now = context.system.now()
  const { waivers, refused } = await readWaiverFiles(foundWaivers(path, context), approvers, now)
  const rows = [
    ...waivers.map((waiver) => rowOf(waiver.name, waiver, now)),
    ...refused.map(({ name, error }): WaiverJson => ({ file: name, valid: false, ...errorFields(error) })),
  ]
  print(rows, json === true, context)
  return rows.every(({ valid }) => valid === true) ? EXIT.ok : EXIT.failed
}

function foundWaivers(path: string, { system }: CliContext): readonly string[] {
  const paths = waiverPaths(expandPath(path, system))
  if (paths.length > 0) return paths
  throw new JuxError('FILE_NOT_FOUND', {
    message: `no .waiver.json file in the folder ${path}`,
    suggestions: [`ls ${shellWord(path)}`, 'npx jux waiver add --help'],
    reason: 'empty-folder',
  })
}

function rowOf(file: string, content: WaiverContent & Partial<Waiver>, now: Date): WaiverJson {
  const { test, project, reason, owner, expires, approver } = content
  const expired = isExpired(content, now)
  return {
    file,
    ...(approver === undefined ? {} : { valid: !expired }),
    test,
    project,
    reason_given: reason,
    owner,
    expires,
    expired,
    approver,
  }
}

function print(rows: readonly WaiverJson[], json: boolean, context: CliContext): void {
  if (json) {
    writeJson(context, rows)
    return
  }
  const paint = outPaint(context)
  for (const {
    file,
    error,
    test = '',
    project,
    reason_given = '',
    owner = '',
    expires = '',
    expired,
    approver,
  } of rows) {
    if (error !== undefined) {
      context.out(`${paint.bad('refused')}  ${oneLine(file)}  ${oneLine(error)}\n`)
      continue
    }
    const status = expired ? paint.bad('expired') : approver === undefined ? 'listed ' : paint.good('valid  ')
    const by = approver === undefined ? '' : `, approved by sha256:${approver.slice(0, 16)}…`
    const where = project === undefined ? '' : ` in ${project}`
    context.out(
      `${status}  ${oneLine(`${test}${where} until ${expires}: ${reason_given} (${owner}${by})`)}  ${paint.faint(oneLine(file))}\n`,
    )
  }
}
