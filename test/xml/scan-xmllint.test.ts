import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/folders.js'
import { reasonOf } from '../support/scanning.js'
import { hasTool } from '../support/tools.js'

describe('scanXml, compared with xmllint', () => {
  const hasXmllint = hasTool('xmllint')

  it.skipIf(!hasXmllint)('refuses every one of a thousand damaged documents that libxml2 refuses', () => {
    const folder = temporaryFolder()
    const good = '<a x="1" xmlns:p="urn:p"><p:b p:y="&lt;">t&#65;<![CDATA[<]]></p:b><c/>é]]</a>'
    const alphabet = ['<', '>', '&', '"', "'", ';', ':', '/', '=', ' ', 'x', 'xmlns', ']]>', '\u0001', '#', '-', '!']
    const accepted: string[] = []
    for (let position = 0; position <= good.length; position++) {
      for (const piece of alphabet) {
        const bad = good.slice(0, position) + piece + good.slice(position + (position % 2))
        if (reasonOf(bad) === 'accepted') accepted.push(bad)
      }
    }
    const files = accepted.map((source, index) => {
      const path = join(folder, `${index}.xml`)
      writeFileSync(path, source)
      return path
    })

    const complaint = (() => {
      try {
        execFileSync('xmllint', ['--noout', '--nonet', ...files], { encoding: 'utf8', stdio: 'pipe' })
        return ''
      } catch (error) {
        return String(error)
      }
    })()

    expect(accepted.length).toBeGreaterThan(50)
    expect(complaint).toBe('')
  })
})
