/**
 * A copy of the sources in which one reason for refusing can be switched off.
 *
 * The product has no such switch, so the copy gets one: every `throw x` becomes "throw x unless x.reason is switched
 * off". Another process can also run a copy without a switch.
 *
 * @module
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const SRC = fileURLToPath(new URL('../../src/', import.meta.url))
const ROOMS = ['errors.ts', 'reasons.ts', 'terminal.ts', 'xml', 'report', 'sign']

/** How many throws may be left out before a run is stopped: without a rule it may never end. */
const MAX_SUPPRESSED = 10_000
/** Global variable with the number of throws that were left out; to be set to 0 before each run. */
export const SUPPRESSED = '__suppressed'

/** Global variable with the reason that is off. */
export const SWITCH = '__switchedOff'

const PROLOGUE = `
function __throw(thrown) {
  if (thrown?.reason === undefined || thrown.reason !== globalThis.${SWITCH}) throw thrown
  if (++globalThis.${SUPPRESSED} > ${MAX_SUPPRESSED}) throw new Error('runaway')
}
`

/** Compiles what verifying needs into `folder`; modules are found there as in `src`, with the ending `.js`. */
export function compileInto(folder: string, options: { switched: boolean }): void {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const file of ROOMS.flatMap(filesOf)) {
    const { outputText } = ts.transpileModule(readFileSync(join(SRC, file), 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
      ...(options.switched && { transformers: { before: [softenThrows] } }),
    })
    const path = join(folder, file.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, options.switched ? outputText + PROLOGUE : outputText)
  }
}

function filesOf(room: string): string[] {
  return room.endsWith('.ts') ? [room] : readdirSync(join(SRC, room)).map((name) => join(room, name))
}

function softenThrows(context: ts.TransformationContext): (file: ts.SourceFile) => ts.SourceFile {
  const { factory } = context
  const visit = (node: ts.Node): ts.Node => {
    const visited = ts.visitEachChild(node, visit, context)
    if (!ts.isThrowStatement(visited)) return visited
    const call = factory.createCallExpression(factory.createIdentifier('__throw'), undefined, [visited.expression])
    return factory.createExpressionStatement(call)
  }
  return (file) => ts.visitEachChild(file, visit, context)
}
