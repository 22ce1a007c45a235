/**
 * Compiles a copy of the sources in which one reason for refusing can be switched off.
 *
 * In the copy, every `throw x` becomes "throw x unless its reason is switched off". A copy without the switch is used to run
 * the sources in another process.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const SRC = fileURLToPath(new URL('../../src/', import.meta.url))
/** The module of `verifyReport`. What it imports is copied too. */
const ENTRY = join('sign', 'verify.ts')

/** Most throws that are skipped in one run. Without a rule, a run might never end. */
const MAX_SUPPRESSED = 10_000
/** Global variable with the number of skipped throws. Set it to 0 before each run. */
export const SUPPRESSED = '__suppressed'

/** Global variable with the reason that is off. */
export const SWITCH = '__switchedOff'

const PROLOGUE = `
function __throw(thrown) {
  if (thrown?.reason === undefined || thrown.reason !== globalThis.${SWITCH}) throw thrown
  if (++globalThis.${SUPPRESSED} > ${MAX_SUPPRESSED}) throw new Error('runaway')
}
`

/** Compiles the sources that verifying needs into `folder`, with the same paths as in `src` and the suffix `.js`. */
export function compileInto(folder: string, options: { switched: boolean }): void {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const files = new Set([ENTRY])
  // The loop also visits what is added to the set during it.
  for (const file of files) {
    const { outputText } = ts.transpileModule(readFileSync(join(SRC, file), 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
      ...(options.switched && { transformers: { before: [softenThrows] } }),
    })
    const path = join(folder, file.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, options.switched ? outputText + PROLOGUE : outputText)
    for (const name of importsOf(outputText)) files.add(join(dirname(file), name.replace(/\.js$/, '.ts')))
  }
}

/** The relative names of the modules that compiled text imports. */
function importsOf(text: string): readonly string[] {
  return ts.preProcessFile(text).importedFiles.flatMap(({ fileName }) => (fileName.startsWith('.') ? [fileName] : []))
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
