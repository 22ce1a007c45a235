import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { zip } from '../../src/gate/dossier/zip.js'
import { temporaryFolder } from '../support/folders.js'
import { EXPECT, type GateScene, gateScene, POLICY, policyOf, SCENE_FACTS } from '../support/gate-scene.js'
import { newServerKey, receiptFor } from '../support/receipts.js'
import { hasTool } from '../support/tools.js'

const HAS_TOOLS = ['xmlsec1', 'openssl', 'python3'].every(hasTool)
const FAILED = {
  properties: { 'jux:outcome': 'failed', 'jux:exit_code': '1' },
  cases: [
    {
      name: 'fails',
      inside:
        '<properties><property name="requirement" value="R-7"/></properties><failure message="m &lt;script&gt;" type="E">x</failure>',
    },
    { name: 'works', inside: '<properties><property name="requirement" value="R-10"/></properties>' },
  ],
}

/** A scene with a failed test that an approver has waived. */
async function waivedScene(): Promise<GateScene> {
  const scene = await gateScene()
  await scene.report('extra.xml', FAILED)
  const flags = ['--reason', 'the bank is down', '--owner', 'payments', '--expires', '2026-06-15']
  await scene.jux('waiver', 'add', '--test', 'extra.test.ts > fails', ...flags, '--key', 'lead.pem')
  return scene
}

const dossier = (scene: GateScene, ...flags: string[]) =>
  scene.jux(
    'dossier',
    'reports',
    '--policy',
    'policy.json',
    ...EXPECT,
    '--key',
    'lead.pem',
    '-o',
    'v1.2.0.zip',
    ...flags,
  )

/** Unpacks with another program. */
function unpack({ cwd }: GateScene): string {
  execFileSync('python3', ['-m', 'zipfile', '-e', 'v1.2.0.zip', '.'], { cwd })
  return join(cwd, 'v1.2.0')
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()
}

/** Runs the script of a dossier, from a copy that nobody has changed. */
function runScript(folder: string, script = readFileSync(join(folder, 'verify.sh'))) {
  const path = join(folder, '..', 'script.sh')
  writeFileSync(path, script.toString('utf8').replace('cd "$(dirname "$0")"', `cd '${folder}'`))
  const { status, stdout } = spawnSync('sh', [path], { encoding: 'utf8', env: { PATH: process.env.PATH, LC_ALL: 'C' } })
  return { status, bad: stdout.split('\n').filter((line) => line.startsWith('BAD')), stdout }
}

/** Writes the list of files again, as somebody does who has not the key that signs it. */
function listAgain(cwd: string): void {
  const script = "find . -type f ! -name 'SHA256SUMS*' | sed 's|^./||' | xargs sha256sum"
  writeFileSync(join(cwd, 'SHA256SUMS'), execFileSync('sh', ['-c', script], { cwd }))
}

describe.skipIf(!HAS_TOOLS)('jux dossier', () => {
  it('packs reports, policy, waivers, baseline and keys, which its script verifies with openssl and xmlsec1', async () => {
    const scene = await waivedScene()

    const { code, out } = await dossier(scene)

    expect(code).toBe(0)
    expect(out).toMatch(/\nwrote v1\.2\.0\.zip: 16 files, signed with ECDSA P-256 \(sha256:[0-9a-f]{16}…\)\n$/)
    const folder = unpack(scene)
    expect(filesBelow(folder).map((name) => name.replace(/[0-9a-f]{12,}/, 'HEX'))).toEqual([
      'README.txt',
      'SHA256SUMS',
      'SHA256SUMS.sig',
      'baseline/1-before.txt',
      'decision.json',
      'index.html',
      'keys/HEX.pub.pem',
      'keys/HEX.pub.pem',
      'keys/HEX.pub.pem',
      'policy.json',
      'reports/1-extra.xml',
      'reports/2-shop-1.xml',
      'reports/3-shop-2.xml',
      'reports/4-web.xml',
      'verify.sh',
      'waivers/1-HEX.waiver.json',
    ])
    const { status, stdout } = runScript(folder)
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('everything is verified')
    expect(status).toBe(0)
  })

  it('finds a changed byte in every file, and a file that was added or removed', async () => {
    const scene = await waivedScene()
    await dossier(scene)
    const folder = unpack(scene)
    const script = readFileSync(join(folder, 'verify.sh'))

    // The first byte of a file, the last, or one between them.
    for (const [index, name] of filesBelow(folder).entries()) {
      const path = join(folder, name)
      const original = readFileSync(path)
      const at = Math.floor(((original.length - 1) * (index % 3)) / 2)
      const changed = Buffer.from(original)
      changed[at] = (changed[at] ?? 0) ^ 1
      writeFileSync(path, changed)
      expect({ name, at, status: runScript(folder, script).status }).toEqual({ name, at, status: 1 })
      writeFileSync(path, original)
    }
    expect(runScript(folder, script).status).toBe(0)
    writeFileSync(join(folder, 'reports/5-more.xml'), '')
    expect(runScript(folder, script).bad).toEqual(['BAD  the files are those in SHA256SUMS'])
  }, 60_000)

  it('says of a report that is replaced, with a new list, which signature is wrong', async () => {
    const scene = await waivedScene()
    await dossier(scene)
    const folder = unpack(scene)
    copyFileSync(join(folder, 'reports/4-web.xml'), join(folder, 'reports/1-extra.xml'))
    listAgain(folder)

    const { bad } = runScript(folder)

    expect(bad).toEqual([
      expect.stringMatching(/^BAD {2}SHA256SUMS is signed with keys\/[0-9a-f]{16}\.pub\.pem$/),
      expect.stringMatching(/^BAD {2}reports\/1-extra\.xml is signed with keys\/[0-9a-f]{16}\.pub\.pem$/),
    ])
  })

  it('says of a waiver whose text or signature was changed, with a new list, that its signature is wrong', async () => {
    const scene = await waivedScene()
    await dossier(scene)
    const folder = unpack(scene)
    const [name = ''] = filesBelow(folder).filter((file) => file.startsWith('waivers/'))
    const original = readFileSync(join(folder, name), 'utf8')

    for (const member of ['payload', 'sig', 'payloadType']) {
      // Another letter in the middle of the value.
      const at = original.indexOf('"', original.indexOf(`"${member}"`) + member.length + 2) + 12
      const letter = original[at] === 'A' ? 'B' : 'A'
      writeFileSync(join(folder, name), `${original.slice(0, at)}${letter}${original.slice(at + 1)}`)
      listAgain(folder)
      expect({ member, bad: runScript(folder).bad.slice(1) }).toEqual({
        member,
        bad: [expect.stringMatching(/^BAD {2}waivers\/\S+ is signed with keys\/[0-9a-f]{16}\.pub\.pem$/)],
      })
    }
  })

  it('says of a key that is replaced by another one, with a new list, that it is another key', async () => {
    const scene = await waivedScene()
    await dossier(scene)
    const folder = unpack(scene)
    const [first = '', second = ''] = filesBelow(folder).filter((file) => file.startsWith('keys/'))
    copyFileSync(join(folder, second), join(folder, first))
    listAgain(folder)

    expect(runScript(folder).bad).toContainEqual(expect.stringMatching(`^BAD  ${first} is the key [0-9a-f]{64}$`))
  })

  it('shows on its page what was tested, by whom, what failed, what was excepted, and the requirements', async () => {
    const scene = await waivedScene()
    await dossier(scene, '--requirement', 'requirement', '--title', 'Shop <1.2>')
    const page = readFileSync(join(unpack(scene), 'index.html'), 'utf8')

    expect(page).toContain('<h1>Shop &#60;1.2&#62;</h1>')
    expect(page).toContain('<p class="verdict">Decision: passed</p>')
    expect(page).toContain(
      '<td>extra.test.ts &#62; fails</td><td>the bank is down</td><td>payments</td><td>2026-06-15</td>',
    )
    expect(page).toContain('<td>m &#60;script&#62;</td>')
    expect(page).toContain('<tr><td>R-7</td><td>shop</td><td>extra.test.ts &#62; fails</td><td>failed</td></tr>')
    expect(page.indexOf('R-7')).toBeLessThan(page.indexOf('R-10'))
    expect(page).toContain('<td>pay.test.ts &#62; refunds</td><td>todo</td>')
    expect(page).not.toMatch(/<script|<img|<link|https?:|url\(/)
    // Only a long word may be broken into lines, so that no column is as narrow as a letter.
    expect(page).toContain('<td>fulfilled</td>')
    expect(page).toMatch(/<td>SHA-256 of the file<\/td><td class="long">[0-9a-f]{64}<\/td>/)
  })

  it('names the file of a report once on its page, and elsewhere by its number', async () => {
    const scene = await gateScene()
    const name = 'ab12'.repeat(16)
    await scene.report(`${name}.xml`, FAILED)
    await dossier(scene)

    const page = readFileSync(join(unpack(scene), 'index.html'), 'utf8')

    expect(page.match(new RegExp(name, 'g'))).toHaveLength(1)
    expect(page).toContain(`<tr><td>1</td><td class="long">reports/1-${name}.xml</td><td>shop</td><td>failed</td>`)
    expect(page).toContain('<h3>Report 1</h3>')
    expect(page).toMatch(/<tr><td>results\.passed<\/td><td>violated<\/td><td>1<\/td>/)
    expect(page).toMatch(/<tr><td>trust\.distinct<\/td><td>fulfilled<\/td><td><\/td>/)
  })

  it('packs the attestations and the receipts beside the reports, which its script verifies, too', async () => {
    const scene = await gateScene()
    await scene.jux('attest', 'reports/shop-1.xml', '--key', 'ci.pem')
    const key = await newServerKey()
    writeFileSync(join(scene.cwd, 'server.pub.pem'), key.publicPem)
    const receipt = receiptFor(readFileSync(join(scene.cwd, 'reports/web.xml')), key)
    const path = join(scene.cwd, 'reports/web.receipt.json')
    writeFileSync(path, JSON.stringify(receipt))

    expect((await dossier(scene, '--receipt-key', 'server.pub.pem')).code).toBe(0)

    const folder = unpack(scene)
    expect(filesBelow(join(folder, 'reports'))).toEqual([
      '1-shop-1.sigstore.json',
      '1-shop-1.xml',
      '2-shop-2.xml',
      '3-web.receipt.json',
      '3-web.xml',
    ])
    expect(readFileSync(join(folder, 'index.html'), 'utf8')).toContain(
      '<tr><td>Received by</td><td>https://jux.example.com, 2026-01-02T03:04:05.678Z, as run-1</td></tr>',
    )
    const { status, stdout } = runScript(folder)
    expect(status).toBe(0)
    expect(
      stdout.match(/^ok {3}reports\/(?:1-shop-1\.sigstore|3-web\.receipt)\.json is signed with keys/gm),
    ).toHaveLength(2)

    for (const [envelope, report] of [
      ['1-shop-1.sigstore.json', '1-shop-1.xml'],
      ['3-web.receipt.json', '3-web.xml'],
    ]) {
      expect(stdout).toContain(`ok   reports/${envelope} names the digest of reports/${report}\n`)
    }

    copyFileSync(path, join(scene.cwd, 'reports/shop-2.receipt.json'))
    const wrong = await dossier(scene, '--receipt-key', 'server.pub.pem')
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringContaining('the receipt beside reports/shop-2.xml is not for it'),
    })
  })

  it('finds a receipt that was swapped with that of another report, although its signature is right', async () => {
    const scene = await gateScene()
    const key = await newServerKey()
    writeFileSync(join(scene.cwd, 'server.pub.pem'), key.publicPem)
    for (const name of ['shop-1', 'web']) {
      const receipt = receiptFor(readFileSync(join(scene.cwd, `reports/${name}.xml`)), key)
      writeFileSync(join(scene.cwd, `reports/${name}.receipt.json`), JSON.stringify(receipt))
    }
    await dossier(scene, '--receipt-key', 'server.pub.pem')
    const folder = unpack(scene)
    copyFileSync(join(folder, 'reports/1-shop-1.receipt.json'), join(folder, 'reports/3-web.receipt.json'))
    listAgain(folder)

    expect(runScript(folder).bad.slice(1)).toEqual([
      'BAD  reports/3-web.receipt.json names the digest of reports/3-web.xml',
    ])
  })

  it('packs a receipt for other bytes of the same content, and says so', async () => {
    const scene = await gateScene()
    const key = await newServerKey()
    writeFileSync(join(scene.cwd, 'server.pub.pem'), key.publicPem)
    const bytes = readFileSync(join(scene.cwd, 'reports/web.xml'))
    const receipt = receiptFor(bytes, key, { sha256: '0'.repeat(64) })
    writeFileSync(join(scene.cwd, 'reports/web.receipt.json'), JSON.stringify(receipt))
    await dossier(scene, '--receipt-key', 'server.pub.pem')
    const folder = unpack(scene)

    expect(readFileSync(join(folder, 'index.html'), 'utf8')).toContain(
      'as run-1, with another signature or encoding</td>',
    )
    expect(runScript(folder).status).toBe(0)
  })

  it('says which receipt it does not pack because the key of the server is not given', async () => {
    const scene = await gateScene()
    writeFileSync(join(scene.cwd, 'reports/web.receipt.json'), '{}')

    const { code, err } = await dossier(scene)

    expect(code).toBe(0)
    expect(err).toContain(
      'not packed: reports/web.receipt.json, because --receipt-key does not name the key of its server',
    )
  })

  it('packs reports that state neither a project nor anything else, and shows a flaky and a skipped test', async () => {
    const scene = await gateScene()
    const nothing = Object.fromEntries(Object.keys(SCENE_FACTS).map((name) => [name, undefined]))
    await scene.report('extra.xml', {
      properties: nothing,
      cases: [
        { name: 'flaky', inside: '<flakyFailure message="once" type="E"/>' },
        { name: 'skipped', inside: '<skipped/>' },
      ],
    })
    scene.policy({ version: 1, trust: { publicKeys: ['ci.pub.pem', 'web.pub.pem'] } })

    const { code } = await scene.jux(
      'dossier',
      'reports/extra.xml',
      '--policy',
      'policy.json',
      '--key',
      'lead.pem',
      '-o',
      'v1.2.0.zip',
      '--requirement',
      'requirement',
    )

    expect(code).toBe(0)
    const page = readFileSync(join(unpack(scene), 'index.html'), 'utf8')
    expect(page).toContain('<td>extra.test.ts &#62; flaky</td><td>passed, flaky</td>')
    expect(page).toContain('<td>extra.test.ts &#62; skipped</td><td>skipped</td>')
    expect(page).toContain('No test names a requirement.')
  })

  it('packs a failed decision too, and exits with 1', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', FAILED)

    const { code } = await dossier(scene)

    expect(code).toBe(1)
    expect(readFileSync(join(unpack(scene), 'index.html'), 'utf8')).toContain('Decision: failed')
  })

  it('packs nothing if a report cannot be verified, or if the gate cannot decide', async () => {
    const scene = await gateScene()
    scene.policy({ ...policyOf(scene), baseline: {} })
    const undecided = await dossier(scene)
    scene.policy({ ...policyOf(scene), baseline: POLICY.baseline })
    await scene.report('extra.xml', { key: 'none' })
    const refused = await dossier(scene)

    expect(undecided.code).toBe(2)
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('no dossier: reports/extra.xml cannot be verified')
    expect(readdirSync(scene.cwd)).not.toContain('v1.2.0.zip')
  })

  it('gives files names that are safe in every program', async () => {
    const scene = await gateScene()
    const folder = join(scene.cwd, 'reports', "it's; $(touch x) ünï")
    mkdirSync(folder)
    await scene.report('extra.xml', {})
    copyFileSync(join(scene.cwd, 'reports/extra.xml'), join(folder, '-rf $(x) ä.xml'))
    await scene.report('extra.xml', { properties: { 'jux:node_version': '24' } })

    await dossier(scene)

    const names = filesBelow(join(unpack(scene), 'reports'))
    expect(names.every((name) => /^\d-[A-Za-z0-9][\w.-]*\.xml$/.test(name))).toBe(true)
    expect(runScript(join(scene.cwd, 'v1.2.0')).status).toBe(0)
  })
})

describe('zip', () => {
  const time = new Date('2026-06-15T12:34:56.000Z')

  it('writes the same bytes for the same files', () => {
    const files = [
      { name: 'a/b.txt', bytes: Buffer.from('b'.repeat(10_000)) },
      { name: 'ä.txt', bytes: Buffer.alloc(0) },
    ]

    expect(zip(files, time).equals(zip(files, time))).toBe(true)
  })

  it.each(['/a', '../a', 'a/../b', 'a//b', './a', 'a\\b', 'C:a', '', 'a\nb'])('refuses the name %j', (name) => {
    expect(() => zip([{ name, bytes: Buffer.alloc(0) }], time)).toThrow(
      'a name in an archive must be relative and plain',
    )
  })

  it.skipIf(!hasTool('python3')).each([
    ['2026-06-15T12:34:57.000Z', '(2026, 6, 15, 12, 34, 56)'],
    ['1970-01-01T00:00:00.000Z', '(1980, 1, 1, 0, 0, 0)'],
    ['2200-01-01T00:00:00.000Z', '(2107, 12, 31, 23, 59, 58)'],
  ])('writes the time %s as the nearest one that an archive can have', (time, read) => {
    const path = join(temporaryFolder(), 'a.zip')
    writeFileSync(path, zip([{ name: 'ä.txt', bytes: Buffer.from('a') }], new Date(time)))

    const script =
      'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), z.infolist()[0].date_time)'
    expect(execFileSync('python3', ['-c', script, path], { encoding: 'utf8' })).toBe(`None ${read}\n`)
  })

  it.skipIf(!hasTool('unzip'))('writes what unzip accepts', () => {
    const path = join(temporaryFolder(), 'a.zip')
    const files = ['a.txt', 'b/ä.txt', 'empty'].map((name, at) => ({
      name,
      bytes: Buffer.alloc(at === 2 ? 0 : 70_000, at),
    }))
    writeFileSync(path, zip(files, time))

    expect(execFileSync('unzip', ['-t', path], { encoding: 'utf8' })).toContain('No errors detected in compressed data')
  })

  it('refuses more files than the format can count', () => {
    const files = Array.from({ length: 65_536 }, (_, index) => ({ name: String(index), bytes: Buffer.alloc(0) }))

    expect(() => zip(files, time)).toThrow('an archive has at most 65535 files')
  })

  it('refuses a name that occurs twice', () => {
    const file = { name: 'a', bytes: Buffer.alloc(0) }

    expect(() => zip([file, file], time)).toThrow('a name occurs twice')
  })
})
