/**
 * The reference of the library, from its doc comments: typedoc makes the pages, options in typedoc.json.
 *
 * Exports stand under what they are about, which is the folder that they come from.
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

/** Where the pages are, from the root of the repository. */
export const API_FOLDER = 'docs/api'

const NOTE = '<!-- Made from the doc comments of src/ by npm run docs. -->\n\n'

/** What the exports of a file or folder of src/ are about. */
const SUBJECTS: Readonly<Record<string, string>> = {
  sign: 'Signing and verifying',
  render: 'Rendering',
  store: 'Storing',
  config: 'Options',
  model: 'The run',
  errors: 'Errors',
  reasons: 'Errors',
  terminal: 'Errors',
  xml: 'Reading XML',
  system: 'The outside world',
}

/**
 * The pages.
 *
 * @throws {Error} for anything that typedoc has to complain about
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
    if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('typedoc has complaints: see above')
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
  const [room = ''] = relative(join(ROOT, 'src'), file).split(/[\\/.]/)
  const subject = SUBJECTS[room]
  if (subject === undefined) return
  reflection.comment ??= new Comment()
  reflection.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: subject }]))
}
