/**
 * Generates the library reference (docs/api) from the doc comments, with typedoc. Its options are in typedoc.json.
 *
 * Exports are grouped by subject, that is, by the folder that declares them.
 *
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import {
  Application,
  Comment,
  CommentTag,
  Converter,
  type DeclarationReflection,
  ReflectionKind,
  TSConfigReader,
  TypeDocReader,
} from 'typedoc'
import { ROOT } from './comments.js'
import type { Page } from './page.js'

/** Folder of the pages, from the root of the repository. */
export const API_FOLDER = 'docs/api'

const NOTE = '<!-- Generated from the doc comments of src/ by npm run docs. -->\n\n'

/** Subject of the exports, by file or folder of src/. */
const SUBJECTS: Readonly<Record<string, string>> = {
  sign: 'Signing and verifying',
  render: 'Rendering',
  store: 'Storing',
  config: 'Options',
  model: 'The test run',
  errors: 'Errors',
  reasons: 'Errors',
  terminal: 'Errors',
  xml: 'Reading XML',
  system: 'The system',
}

/**
 * Generates the pages.
 *
 * @throws {Error} if typedoc reports an error or a warning
 */
export async function apiPages(): Promise<readonly Page[]> {
  const folder = mkdtempSync(join(tmpdir(), 'jux-api-'))
  try {
    const app = await Application.bootstrapWithPlugins(
      { options: join(ROOT, 'typedoc.json'), out: folder, logLevel: 'Warn' },
      [new TypeDocReader(), new TSConfigReader()],
    )
    app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
      if (reflection.parent?.kind !== ReflectionKind.Module) return
      const file = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile().fileName
      if (file !== undefined) addCategory(reflection, file)
    })
    const project = await app.convert()
    if (project === undefined) throw new Error('typedoc cannot read the sources')
    await app.generateOutputs(project)
    if (app.logger.hasErrors() || app.logger.hasWarnings())
      throw new Error('typedoc reported errors or warnings: see above')
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .sort()
      .map((name) => ({
        path: `${API_FOLDER}/${name.replaceAll('\\', '/')}`,
        text: NOTE + readFileSync(join(folder, name), 'utf8'),
      }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function addCategory(reflection: DeclarationReflection, file: string): void {
  const [folder = ''] = relative(join(ROOT, 'src'), file).split(/[\\/.]/)
  const subject = SUBJECTS[folder]
  if (subject === undefined) return
  reflection.comment ??= new Comment()
  reflection.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: subject }]))
}
