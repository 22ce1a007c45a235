import { describe, expect, it } from 'vitest'
import { elementForm, XmlWriter } from '../../src/render/writer.js'

/** What a writer wrote, its end tag left out. */
function written(write: (writer: XmlWriter) => void): string {
  const chunks: Uint8Array[] = []
  const writer = new XmlWriter({ write: (bytes) => chunks.push(Uint8Array.from(bytes)) }, ['sha256'])
  write(writer)
  writer.finish('</end>')
  return Buffer.concat(chunks).toString('utf8')
}

describe('XmlWriter', () => {
  it('writes attributes in canonical order, whatever order they are given in', () => {
    const form = elementForm('a', ['name', 'classname', 'time', 'id'])

    expect(written((writer) => writer.start(form, { name: 'n', classname: 'c', time: undefined, id: 1 }))).toBe(
      '<a classname="c" id="1" name="n">',
    )
  })

  it('splits no character between two pieces', () => {
    const text = `${'x'.repeat(16_383)}\u{1f600}`.repeat(5)

    expect(written((writer) => writer.text(text))).toBe(text)
    expect(written((writer) => writer.start(elementForm('a', ['name']), { name: text }))).toBe(`<a name="${text}">`)
  })

  it('hands on pieces of bounded size', () => {
    let largest = 0
    const writer = new XmlWriter(
      {
        write: ({ length }) => {
          largest = Math.max(largest, length)
        },
      },
      ['sha256'],
    )
    writer.text('中'.repeat(500_000))
    writer.finish('</end>')

    expect(largest).toBeLessThanOrEqual(128 * 1024)
  })
})
