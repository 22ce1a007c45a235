// The bodies of submissions in one file, so that a client neither renders nor signs while it is measured.
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { readReport } from 'jux-reporter'
import { newSigner, report } from './server-report.mjs'

/** Writes signed reports of `tests` tests as jux-reporter sends them. */
export async function writeBodies(path, count, tests) {
  const sign = await newSigner()
  const file = openSync(path, 'w')
  const index = []
  let at = 0
  for (let number = 0; number < count; number++) {
    const signed = await sign(report(`project-${number % 10}`, number, tests))
    const body = Buffer.from(JSON.stringify({ xml_content: signed.toString() }))
    writeSync(file, body)
    index.push({ at, length: body.length, hash: readReport(signed).contentHash })
    at += body.length
  }
  closeSync(file)
  writeFileSync(`${path}.json`, JSON.stringify(index))
  return statSync(path).size / count
}

/** Reads some of them. */
export function readBodies(path, from, count) {
  const index = JSON.parse(readFileSync(`${path}.json`, 'utf8')).slice(from, from + count)
  const file = openSync(path, 'r')
  const bodies = index.map(({ at, length, hash }) => {
    const body = Buffer.alloc(length)
    readSync(file, body, 0, length, at)
    return { hash, body }
  })
  closeSync(file)
  return bodies
}
