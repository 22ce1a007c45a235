import { describe, expect, it } from 'vitest'
import { countScans, PADDING } from '../../test/support/scans.js'
import { addTrustedKey } from '../src/access/trusted-keys.js'
import { report, XML } from './support/reports.js'
import { testServer } from './support/server.js'
import { newKey } from './support/signing.js'

const key = newKey()
const CASES = `<testcase name="long"><failure>${PADDING}</failure></testcase>`

describe('the number of scans of a report that is submitted', () => {
  it.each([
    ['unsigned', false, false],
    ['signed by a trusted key', true, true],
    ['signed by a stranger, and judged twice', true, false],
  ])('is 1 when it is %s', async (_, isSigned, isTrusted) => {
    const server = await testServer({ policy: 'accept' }, async (database) => {
      if (isTrusted) await addTrustedKey(database, { pem: key.publicPem, name: 'ci', project: 'shop' }, Date.now())
    })
    const xml = isSigned ? await key.sign(report({ cases: CASES })) : report({ cases: CASES })

    const { scans, result } = await countScans(() => server.post('/api/v1/junit/submit', xml, XML))

    expect([scans, result.status, result.at('signature')]).toEqual([
      1,
      201,
      isTrusted ? 'trusted' : isSigned ? 'untrusted' : 'unsigned',
    ])
  })
})
