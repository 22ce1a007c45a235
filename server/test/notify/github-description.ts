/**
 * GitHub's published description of its API (OpenAPI, `@octokit/openapi`): what is wrong with a request.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { z } from 'zod'

const content = z.object({ content: z.object({ 'application/json': z.object({ schema: z.looseObject({}) }) }) })
const operationSchema = z.object({
  parameters: z.array(z.object({ name: z.string(), in: z.string(), schema: z.looseObject({}) })).default([]),
  requestBody: content.optional(),
  responses: z.record(z.string(), z.looseObject({})),
})
const descriptionSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })

const require = createRequire(import.meta.url)
const text = readFileSync(require.resolve('@octokit/openapi/generated/api.github.com.deref.json'), 'utf8')
const { paths } = descriptionSchema.parse(JSON.parse(text))
const ajv = new Ajv({ strict: false, allErrors: true })
formats.default(ajv)

/** What is wrong with a request, according to the description; empty if nothing is. */
export function problemsOfRequest(method: string, target: string, body: string): string[] {
  const { pathname, searchParams } = new URL(target, 'http://127.0.0.1')
  const found = findOperation(method, pathname)
  if (found === undefined) return [`there is no operation ${method} ${pathname}`]
  const problems: string[] = []
  for (const [name, value] of searchParams) {
    const parameter = found.parameters.find((known) => known.in === 'query' && known.name === name)
    if (parameter === undefined) problems.push(`there is no parameter ${name}`)
    else problems.push(...check(parameter.schema, /^\d+$/.test(value) ? Number(value) : value, name))
  }
  const schema = found.requestBody?.content['application/json'].schema
  if (schema === undefined) return body === '' ? problems : [...problems, 'the operation has no body']
  const value: unknown = JSON.parse(body)
  const known = z.record(z.string(), z.unknown()).parse(schema.properties)
  for (const name of Object.keys(z.record(z.string(), z.unknown()).parse(value))) {
    if (!(name in known)) problems.push(`there is no property ${name}`)
  }
  return [...problems, ...check(schema, value, 'body')]
}

function check(schema: object, value: unknown, name: string): string[] {
  const validate = ajv.compile(schema)
  return validate(value) ? [] : (validate.errors ?? []).map((error) => `${name}${error.instancePath} ${error.message}`)
}

function findOperation(method: string, pathname: string): z.infer<typeof operationSchema> | undefined {
  for (const [template, operations] of Object.entries(paths)) {
    const pattern = template.replace(/\{[^}]+\}/g, '[^/]+')
    if (!new RegExp(`^${pattern}$`).test(pathname)) continue
    const operation = operations[method.toLowerCase()]
    if (operation !== undefined) return operationSchema.parse(operation)
  }
  return undefined
}
