import { createPublicKey } from 'node:crypto'
import { createReport, generateKey, loadSigner, verifyReport } from 'jux-reporter'

const key = await generateKey({ type: 'ecdsa' })
const signer = await loadSigner({ key: key.privateKey })

/** @type {import('jux-reporter').TestInput[]} */
const tests = [
  { title: 'adds prices', status: 'passed' },
  { title: 'takes a discount off', status: 'failed', errors: [new Error('expected 90, got 100')] },
]
const report = createReport({ modules: [{ file: 'test/cart.test.js', tests }] }, { signer })

const trust = { publicKeys: [createPublicKey(key.publicKey)] }
const { summary, cases } = verifyReport(report.bytes, trust, { cases: true })
console.log(`${summary.outcome}: ${summary.failures} of ${summary.tests} tests failed`)
for (const { name, status, message } of cases) if (status === 'failed') console.log(`${name}: ${message}`)
