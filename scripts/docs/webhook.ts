/**
 * The JSON Schema of the body that jux-server posts to webhooks.
 *
 * @module
 */
import { webhookJsonSchema } from '../../server/src/notify/vendors/webhook.js'
import type { Page } from './page.js'

/** Generates the file. */
export function webhookSchemaPage(): Page {
  const schema = { $id: 'jux-reporter/schema/webhook.schema.json', title: 'jux-server webhook', ...webhookJsonSchema() }
  return { path: 'schema/webhook.schema.json', text: `${JSON.stringify(schema, undefined, 2)}\n` }
}
