import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/support/folders.js'
import { createKey } from '../../src/access/keys.js'
import { report, XML } from '../support/reports.js'
import { testServer } from '../support/server.js'
import { newKey } from '../support/signing.js'
import { findSchemathesis, runSchemathesis } from './schemathesis.js'

const program = findSchemathesis()
const SEED = process.env.JUX_SEED ?? '20260101'
const EXAMPLES = process.env.JUX_OPENAPI_EXAMPLES ?? '50'
const flags = ['--seed', SEED, '--max-examples', EXAMPLES]

describe.skipIf(program === undefined)('the OpenAPI document', () => {
  it('says what the server does, by all checks of schemathesis, without keys', async () => {
    const receiptKey = join(temporaryFolder(), 'receipts.pem')
    writeFileSync(receiptKey, newKey().privatePem, { mode: 0o600 })
    const server = await testServer({ rateLimit: 0, receiptKey })
    await server.post('/api/v1/junit/submit', report(), XML)

    const { code, output } = await runSchemathesis(program ?? '', server.url, flags)

    expect([code, code === 0 ? '' : output]).toEqual([0, ''])
    expect((await server.get('/healthz')).status).toBe(200)
  })

  it('says what the server does, by all checks of schemathesis, where a key is needed', async () => {
    let key = ''
    const server = await testServer({ rateLimit: 0 }, async (database) => {
      key = (await createKey(database, { name: 'all', scope: 'all' }, Date.now())).text
    })
    const header = `Authorization: Bearer ${key}`

    const { code, output } = await runSchemathesis(program ?? '', server.url, [...flags, '--header', header])

    expect([code, code === 0 ? '' : output]).toEqual([0, ''])
  })
})
