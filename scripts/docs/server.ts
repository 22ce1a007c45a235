/**
 * The tables of docs/server.md: settings, commands, routes and errors.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { createProgram } from '../../server/src/cli.js'
import { ERROR_STATUSES } from '../../server/src/http-error.js'
import { startServer } from '../../server/src/server.js'
import { loadSettings, VARIABLES } from '../../server/src/settings.js'
import { realSystem } from '../../src/system.js'
import { code, type Sections, table } from './page.js'

/** Creates the sections of docs/server.md. */
export async function serverSections(): Promise<Sections> {
  const program = createProgram({ system: realSystem(), out() {}, err() {}, untilStopped: async () => '' })
  return {
    settings: settingTable(program),
    commands: commandTable(program),
    routes: await routeTable(),
    errors: table(
      ['status', 'name', 'when'],
      Object.entries(ERROR_STATUSES).map(([status, { kind, when }]) => [status, code(kind), when]),
    ),
  }
}

function settingTable(program: Command): string {
  const flags = program.options.filter((option) => option.attributeName() in VARIABLES)
  return table(
    ['flag', 'variable', 'meaning (default)'],
    [
      ...flags.map((option) => [code(option.flags), code(VARIABLES[option.attributeName()] ?? ''), option.description]),
      ['', code(VARIABLES.databaseUrl ?? ''), '`postgres://…` stores everything in PostgreSQL, without files (none)'],
    ],
  )
}

function commandTable(program: Command): string {
  const leaves = program.commands.flatMap((group) =>
    group.commands.map((command) => {
      const args = command.registeredArguments.map((argument) => ` <${argument.name()}>`).join('')
      const flags = command.options.map(({ flags, description, defaultValue, argChoices = [] }) => {
        const choices = argChoices.length === 0 ? '' : `: ${code(...argChoices)}`
        return `${code(flags)} ${description}${choices}${defaultValue === undefined ? '' : ` (${defaultValue})`}`
      })
      return [code(`jux-server ${group.name()} ${command.name()}${args}`), command.description(), flags.join('; ')]
    }),
  )
  return table(['command', 'what it does', 'flags'], leaves)
}

const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ summary: z.string() }))),
})

// Reads the OpenAPI document of a running server.
async function routeTable(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'jux-docs-'))
  const system = { ...realSystem(), env: {} }
  const server = await startServer(loadSettings({ data: folder, port: '0' }, system), system, NO_LOG)
  try {
    const response = await fetch(`${server.url}/api/openapi.json`)
    const { paths } = documentSchema.parse(await response.json())
    const rows = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { summary }]) => [code(`${method.toUpperCase()} ${path}`), summary]),
    )
    return table(['route', 'what it does'], rows)
  } finally {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const NO_LOG = { info() {}, error() {} }
