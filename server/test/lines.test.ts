import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { HttpError } from '../src/http-error.js'
import { MemoryBudget } from '../src/ingest/body.js'
import { readLines } from '../src/ingest/lines.js'

const CAPACITY = 10_000_000

const requestOf = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  new Request('http://localhost/', { method: 'POST', body, headers })

/** A body that arrives one byte at a time. */
const inBytes = (text: string) => {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of Buffer.from(text)) controller.enqueue(Uint8Array.of(byte))
      controller.close()
    },
  })
  const init = { method: 'POST', duplex: 'half', body }
  return new Request('http://localhost/', init)
}

const limits = (budget: MemoryBudget) => ({ budget, maxBytes: 1_000_000, maxLines: 5 })

const textsOf = (lines: Awaited<ReturnType<typeof readLines>>) =>
  lines.map((line) => (line instanceof HttpError ? line.status : Buffer.from(line.bytes).toString()))

describe('readLines', () => {
  it.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['\n', ['']],
    ['a\n\nb', ['a', '', 'b']],
    ['"ü😀"\r\nb\n', ['"ü😀"\r', 'b']],
  ])('reads the lines of %j, in one piece and byte by byte', async (text, expected) => {
    const budget = new MemoryBudget(CAPACITY)

    expect(textsOf(await readLines(requestOf(text), limits(budget)))).toEqual(expected)
    expect(textsOf(await readLines(inBytes(text), limits(budget)))).toEqual(expected)
  })

  it('refuses only the line whose JSON has too many parts', async () => {
    const budget = new MemoryBudget(CAPACITY)
    const body = `{"a":1}\n${'['.repeat(100)}\n{"xml_content":"${'x'.repeat(100_000)}"}\n${'1,'.repeat(6_000)}`

    const lines = await readLines(requestOf(body), limits(budget))

    expect(textsOf(lines).map((text) => (typeof text === 'string' ? text.length : text))).toEqual([
      7, 400, 100_018, 400,
    ])
  })

  it('releases all memory: of lines that are released, and of bodies that are refused', async () => {
    const budget = new MemoryBudget(CAPACITY)
    const bad = ['a\n'.repeat(6), 'x'.repeat(1_000_001), `b\n${'['.repeat(50)}\n${'c\n'.repeat(4)}`]
    for (const body of bad) {
      await expect(readLines(requestOf(body), limits(budget))).rejects.toMatchObject({ status: 413 })
    }
    const broken = requestOf(new Uint8Array(gzipSync('a\nb\n')).subarray(0, 20), { 'content-encoding': 'gzip' })
    await expect(readLines(broken, limits(budget))).rejects.toMatchObject({ status: 400 })

    const lines = await readLines(requestOf(`a\n${'['.repeat(50)}\n${'b'.repeat(50_000)}`), limits(budget))
    expect(budget.reserve(CAPACITY)).toBe(false)
    for (const line of lines) {
      if (line instanceof HttpError) continue
      line.release()
      line.release()
    }

    expect(budget.reserve(CAPACITY)).toBe(true)
  })

  it('counts the block of each line, so that many connections with short lines do not fill the memory', async () => {
    const budget = new MemoryBudget(5_000)

    await expect(readLines(requestOf('a\nb\nc'), limits(budget))).rejects.toMatchObject({ status: 503 })
    expect(textsOf(await readLines(requestOf('a\nb'), limits(budget)))).toEqual(['a', 'b'])
  })
})
