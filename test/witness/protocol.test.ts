import { describe, expect, it } from 'vitest'
import { encodeLine, formatAddress, LineReader, parseAddress } from '../../src/witness/protocol.js'
import { parseMessage } from '../../src/witness/schema.js'
import { aModule, aTest } from '../support/runs.js'

const TOKEN = '0123456789abcdef'.repeat(2)

describe('the address of jux run', () => {
  it.each(['/tmp/a b/witness', '\\\\.\\pipe\\jux-1', '/tmp/with@sign/witness'])('survives its variable: %s', (path) => {
    expect(parseAddress(formatAddress({ path, token: TOKEN }))).toEqual({ path, token: TOKEN })
  })

  it.each([undefined, '', 'x@/tmp/witness', `${TOKEN}@`, `${TOKEN}/tmp/witness`])('is none: %s', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })
})

describe('lines', () => {
  it('are the same however the bytes are divided, also within a character', () => {
    const bytes = Buffer.from('{"a":"\u{1f600}"}\n\n[1]\nrest')
    for (let size = 1; size <= bytes.length; size++) {
      const reader = new LineReader()
      const lines: string[] = []
      for (let start = 0; start < bytes.length; start += size)
        lines.push(...reader.read(bytes.subarray(start, start + size)))
      expect(lines).toEqual(['{"a":"\u{1f600}"}', '', '[1]'])
    }
  })
})

describe('a message', () => {
  const module = aModule({
    tests: [
      aTest({
        title: 'line\nfeed \u0000 \ud800',
        errors: [{ kind: 'error', message: 'm', cause: { kind: 'error', message: 'c' } }],
      }),
      aTest({ title: '', timeoutMs: Number.POSITIVE_INFINITY }),
    ],
  })

  it('arrives as it was sent, with half characters and control characters', () => {
    const line = encodeLine({ type: 'module', index: 0, rootDir: '/r', module })
    const [first] = module.tests
    const message = parseMessage(line)
    expect(message.type === 'module' && message.module.tests[0]).toEqual(JSON.parse(JSON.stringify(first)))
    // JSON has no infinity.
    expect(message.type === 'module' && message.module.tests[1]?.timeoutMs).toBeUndefined()
  })

  it.each([
    ['no JSON', 'x'],
    ['a number', '1'],
    ['null', 'null'],
    ['without a type', '{}'],
    ['of an unknown type', '{"type":"other"}'],
    ['of a type that every object has', '{"type":"constructor"}'],
    [
      'a file without tests',
      JSON.stringify({ type: 'module', index: 0, rootDir: '', module: { ...module, tests: undefined } }),
    ],
    [
      'a file with an unknown status',
      JSON.stringify({ type: 'module', index: 0, rootDir: '', module: { ...module, status: 'green' } }),
    ],
    ['a file with a negative index', JSON.stringify({ type: 'module', index: -1, rootDir: '', module })],
    [
      'an error that is nested without end',
      JSON.stringify({ type: 'module', index: 0, rootDir: '', module: { ...module, errors: [nested(60)] } }),
    ],
  ])('is refused: %s', (_, line) => {
    expect(() => parseMessage(line)).toThrow()
  })
})

function nested(depth: number): object {
  return { kind: 'error', message: 'm', ...(depth === 0 ? {} : { cause: nested(depth - 1) }) }
}
