/**
 * Reads the doc comments of the entries of a table in a source file.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** The root of the repository, with a final slash. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/**
 * The comments above the properties of an object literal, or of an interface.
 *
 * @param file from the root of the repository
 * @param table name of the interface, or of the variable that holds the object
 * @returns text of the comment by property, in the order of the source
 * @throws {Error} when there is no such object, or a property has no comment
 */
export function entryComments(file: string, table: string): ReadonlyMap<string, string> {
  const source = ts.createSourceFile(file, readFileSync(ROOT + file, 'utf8'), ts.ScriptTarget.ES2023, true)
  const comments = new Map<string, string>()
  const visit = (node: ts.Node): void => {
    const entries = entriesOf(node, table)
    for (const entry of entries) comments.set(nameOf(entry), commentOf(entry))
    if (entries.length === 0) ts.forEachChild(node, visit)
  }
  visit(source)
  if (comments.size === 0) throw new Error(`${file} has no table ${table}`)
  return comments
}

type Entry = ts.ObjectLiteralElementLike | ts.TypeElement

function entriesOf(node: ts.Node, table: string): readonly Entry[] {
  if (ts.isInterfaceDeclaration(node) && node.name.text === table) return node.members
  if (!ts.isVariableDeclaration(node) || node.name.getText() !== table || node.initializer === undefined) return []
  return literalOf(node.initializer).properties
}

function literalOf(node: ts.Expression): ts.ObjectLiteralExpression {
  if (ts.isAsExpression(node)) return literalOf(node.expression)
  if (ts.isObjectLiteralExpression(node)) return node
  throw new Error(`"${node.getText().slice(0, 40)}" is no object`)
}

function nameOf({ name }: Entry): string {
  return name === undefined ? '' : ts.isStringLiteral(name) ? name.text : name.getText()
}

function commentOf(entry: Entry): string {
  const text = ts
    .getJSDocCommentsAndTags(entry)
    .flatMap((doc) => ts.getTextOfJSDocComment(doc.comment) ?? [])
    .join(' ')
  if (text === '') throw new Error(`${nameOf(entry)} has no comment`)
  return text
}
