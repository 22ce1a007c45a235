import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createKey } from '../../src/access/keys.js'
import { XML } from '../support/reports.js'
import { type TestServer, testServer } from '../support/server.js'
import { renderReport } from '../support/signing.js'
import { follow, haveChromium, openChromium, openWatched, type Watched } from './browser.js'
import { demoServer } from './demo-server.js'
import { HOSTILE, hostileProject, hostileRun, MARKER, OUTSIDE } from './hostile-run.js'

const SCHEMES = ['light', 'dark'] as const

describe.skipIf(!haveChromium())('the pages in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openChromium()
  })
  afterAll(() => browser?.close())

  const watch = async (server: TestServer, options: Parameters<typeof openWatched>[2] = {}): Promise<Watched> => {
    const watched = await openWatched(browser, server.url, options)
    onTestFinished(() => watched.context.close())
    return watched
  }

  it.each(SCHEMES)(
    'link from the list of runs to a failure, its history and the trends of its project (%s)',
    async (colorScheme) => {
      const { server } = await demoServer()
      const { page, incidents } = await watch(server, { colorScheme })

      await page.goto(server.url)
      await page.getByRole('combobox', { name: 'Project' }).selectOption('storefront')
      await page.getByLabel('Status').selectOption('With failures')
      await follow(page, page.getByRole('button', { name: 'Filter' }))
      expect(new URL(page.url()).searchParams.get('status')).toBe('failed')
      expect(await page.locator('tbody tr').count()).toBe(await page.locator('tbody .mark.failed').count())
      await follow(page, page.locator('tbody th a').first())

      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('storefront')
      const changes = page.getByRole('region', { name: /^Changes/ })
      expect(await changes.innerText()).toMatch(/2 new failures[\s\S]*sums up prices with VAT[\s\S]*refunds/)
      const failure = page.getByRole('article').first()
      expect(await failure.innerText()).toContain('expected 107.99 to be 108')
      expect(await failure.innerText()).toContain('at total (src/cart/total.ts:18:11)')
      expect(await failure.getByText('VAT table').isVisible()).toBe(false)
      await failure.getByText('Output, 2 lines').click()
      expect(await failure.getByText('VAT table').isVisible()).toBe(true)

      await follow(page, failure.getByRole('link').first())
      await follow(page, page.getByRole('article').getByRole('link').first())
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('cart > sums up prices with VAT')
      expect(await page.getByRole('group', { name: /^47 runs, oldest first, [1-9]/ }).count()).toBe(1)

      await follow(page, page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Projects' }))
      await follow(page, page.getByRole('link', { name: 'storefront', exact: true }))
      expect(new URL(page.url()).pathname).toBe('/projects/storefront')
      for (const chart of ['Pass rate', 'Duration', 'Flaky tests', 'Tests']) {
        expect(await page.getByRole('group', { name: new RegExp(`^${chart}: `) }).count(), chart).toBe(1)
      }
      expect(await rowsUnder(page, 'Flakiest tests')).toContain('retries a lost connection')
      expect(await rowsUnder(page, 'Slowest tests')).toMatch(/^\S* ?checkout > knows postal codes/)
      await page.getByText('Chart data').click()
      expect(await page.locator('.chart-data tbody tr').count()).toBe(47)
      expect(incidents).toEqual([])
    },
  )

  it('show who signed a run, and offer the signed bytes for download', async () => {
    const { server, latest, xml, fingerprint } = await demoServer()
    const { page, incidents } = await watch(server, { acceptDownloads: true })

    await page.goto(`${server.url}/runs/${latest}`)
    const panel = page.getByRole('region', { name: 'Signature' })
    const download = page.waitForEvent('download')
    await panel.getByRole('link', { name: 'Download the XML' }).click()
    const file = await (await download).createReadStream()
    const chunks: Buffer[] = []
    for await (const chunk of file) chunks.push(Buffer.from(chunk))

    expect(await panel.innerText()).toContain('this server trusts the signer')
    expect((await panel.innerText()).replaceAll(' ', '')).toContain(fingerprint)
    expect(Buffer.concat(chunks).toString()).toBe(xml)
    await panel.getByText('Verify it yourself').click()
    expect(await panel.innerText()).toMatch(/jux-reporter verify [0-9a-f]{64}\.xml --public-key/)
    expect(incidents).toEqual([])
  })

  it.each(SCHEMES)('show hostile texts of a report only as text (%s)', async (colorScheme) => {
    const server = await testServer()
    const submitted = await server.post('/api/v1/junit/submit', renderReport(hostileRun()), XML)
    const run = `/runs/${submitted.at('test_run_id')}`
    const { page, incidents } = await watch(server, { colorScheme })
    const project = encodeURIComponent(hostileProject())

    const paths = [
      '/',
      `/?project=${project}`,
      '/projects',
      `/projects/${project}`,
      run,
      `${run}/tests`,
      `${run}/tests/0`,
    ]
    for (const path of [...paths, `${run}/suites`, `${run}/tests?q=${encodeURIComponent(HOSTILE[1] ?? '')}`]) {
      const response = await page.goto(server.url + path)
      expect(response?.status(), path).toBe(200)
      await openAll(page)
      expect(await intruders(page), path).toEqual([])
    }
    await page.goto(`${server.url}${run}`)
    await openAll(page)
    const text = await page.locator('main').innerText()

    for (const hostile of HOSTILE) expect(text).toContain(shown(hostile))
    // The only address among them that is a link.
    const outside = await page.locator(`a[href*="${OUTSIDE}"]`).all()
    expect(await Promise.all(outside.map((link) => link.getAttribute('rel')))).toEqual(['noopener noreferrer nofollow'])
    await follow(page, page.locator('tbody th a').first())
    await follow(page, page.getByRole('link', { name: 'History' }).first())
    expect(await intruders(page)).toEqual([])
    expect(incidents).toEqual([])
  })

  it('work without scripts, on a narrow screen and with the keyboard', async () => {
    const { server, latest } = await demoServer()
    const { page, incidents } = await watch(server, { javaScriptEnabled: false, viewport: { width: 360, height: 740 } })

    await page.goto(`${server.url}/runs/${latest}`)
    const compare = await page.getByRole('link', { name: 'compare', exact: true }).getAttribute('href')
    const more = [
      `/runs/${latest}/suites`,
      `${compare}`,
      '/search?q=iban',
      '/projects/storefront/quarantine',
      '/nowhere',
    ]
    for (const path of [
      '/',
      `/runs/${latest}`,
      `/runs/${latest}/tests`,
      '/projects',
      '/projects/storefront',
      ...more,
    ]) {
      await page.goto(server.url + path)
      const main = await page.locator('main').boundingBox()
      const scrolled = await page.evaluate('document.documentElement.scrollWidth')
      expect([main?.width, scrolled], path).toEqual([360, 360])
      expect(await page.getByRole('main').count(), path).toBe(1)
      expect(await page.getByRole('heading', { level: 1 }).count(), path).toBe(1)
    }
    await page.goto(server.url)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(page.url()).toMatch(/#main$/)
    expect(incidents.filter((text) => !text.includes('404'))).toEqual([])
  })

  it.each(SCHEMES)('have no violation that axe finds, and enough contrast (%s)', async (colorScheme) => {
    const { server, latest, decision } = await demoServer()
    const { page, incidents } = await watch(server, { colorScheme })
    await page.goto(`${server.url}/projects/storefront`)
    const test = await page
      .getByRole('link', { name: 'checkout > retries a lost connection' })
      .first()
      .getAttribute('href')
    await page.goto(`${server.url}/runs/${latest}`)
    const compare = await page.getByRole('link', { name: 'compare', exact: true }).getAttribute('href')
    const paths = [
      '/',
      '/?status=failed&tags=nothing',
      '/projects',
      '/projects/storefront',
      `/runs/${latest}`,
      `/runs/${latest}/tests`,
      `/runs/${latest}/tests/3`,
      `/runs/${latest}/suites`,
      `${test}`,
      `${compare}`,
      '/projects/storefront/quarantine',
      `/decisions/${decision}`,
      '/search?project=storefront&q=iban',
      '/search',
      '/sign-in',
      '/nowhere',
    ]

    const violations: string[] = []
    for (const path of paths) {
      await page.goto(server.url + path)
      for (const details of await page.locator('details').all())
        await details.evaluate((element) => element.setAttribute('open', ''))
      violations.push(...(await axeViolations(page)).map((violation) => `${path}: ${violation}`))
    }

    expect(violations).toEqual([])
    expect(incidents.filter((text) => !text.includes('404'))).toEqual([])
  })

  it('print in light colors, without controls, and without cutting a table or a text', async () => {
    const { server, latest } = await demoServer()
    // The width of A4 between the margins.
    const { page, incidents } = await watch(server, { colorScheme: 'dark', viewport: { width: 688, height: 1_000 } })
    await page.goto(`${server.url}/runs/${latest}`)
    const compare = await page.getByRole('link', { name: 'compare', exact: true }).getAttribute('href')
    await page.emulateMedia({ media: 'print' })

    for (const path of [
      '/',
      `/runs/${latest}`,
      `/runs/${latest}/tests`,
      '/projects',
      '/projects/storefront',
      compare,
    ]) {
      await page.goto(`${server.url}${path}`)
      expect(await page.evaluate(PRINTED), path ?? '').toEqual({
        background: 'rgb(255, 255, 255)',
        controls: [],
        cut: [],
      })
    }
    expect(incidents).toEqual([])
  })

  it('show times in the zone of the viewer, and UTC without scripts', async () => {
    const { server, latest } = await demoServer()
    const received = async (options: Parameters<typeof watch>[1]) => {
      const { page } = await watch(server, options)
      await page.goto(`${server.url}/runs/${latest}`)
      await page.getByText(options?.timezoneId === undefined ? 'Times: UTC' : `Times: ${options.timezoneId}`).waitFor()
      return (await page.locator('.subtitle time').innerText()).replace(/.*:\d\d /, '')
    }

    expect(await received({ timezoneId: 'America/New_York' })).toMatch(/^(?:E[SD]T|GMT-[45])$/)
    expect(await received({ javaScriptEnabled: false })).toBe('UTC')
  })

  it('let a user on another machine sign in with a key and sign out', async () => {
    let key = ''
    const server = await testServer({ trustedProxies: ['127.0.0.1'] }, async (database) => {
      key = (await createKey(database, { name: 'browser', scope: 'read' }, Date.now())).text
    })
    const remote = { 'x-forwarded-for': '203.0.113.9' }
    const { page, context } = await watch(server, { extraHTTPHeaders: remote })

    await page.goto(`${server.url}/projects`)
    expect(page.url()).toBe(`${server.url}/sign-in?next=%2Fprojects`)
    await page.getByLabel('API key').fill('a guess')
    await follow(page, page.getByRole('button', { name: 'Sign in' }))
    expect(await page.getByRole('alert').innerText()).toBe('This API key is not valid.')
    await page.getByLabel('API key').fill(key)
    await follow(page, page.getByRole('button', { name: 'Sign in' }))

    expect(page.url()).toBe(`${server.url}/projects`)
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('No runs yet')
    expect((await context.cookies()).find(({ name }) => name === 'jux_key')).toMatchObject({
      httpOnly: true,
      sameSite: 'Lax',
    })
    await follow(page, page.getByRole('button', { name: 'Sign out' }))
    await page.goto(`${server.url}/`)
    expect(new URL(page.url()).pathname).toBe('/sign-in')
    expect(server.log.join('')).not.toContain(key.slice(21))
  })
})

/** What a printed page shows: its background, controls that are visible, and elements whose content is cut. */
const PRINTED = `(() => {
  const name = (element) => element.tagName + '.' + element.className
  const isVisible = (element) => element.checkVisibility()
  return {
    background: getComputedStyle(document.body).backgroundColor,
    controls: [...document.querySelectorAll('input, select, button, nav a, footer')].filter(isVisible).map(name),
    cut: [...document.querySelectorAll('main, main .scroll, main pre')].filter(isVisible).filter((element) =>
      element.getBoundingClientRect().left + element.scrollWidth > innerWidth + 1 ||
      (getComputedStyle(element).overflowY !== 'visible' && element.scrollHeight > element.clientHeight + 1)).map(name),
  }
})()`

/** What axe-core finds: id, help text, and the first elements. */
async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  // The script is a text, because its names exist only in the page.
  return page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.map(({ id, help, nodes }) => id + ' (' + help + '): ' + nodes.slice(0, 3).map(({ target }) => target.join(' ')).join(', ')))`)
}

/** Finds elements and scripts that came from the texts of a report. */
const INTRUDERS = `(() => {
  // The pages have one script of their own, in the head.
  const alien = 'body script, iframe, base, object, embed, meta[http-equiv], [onerror], [onload], [style]'
  const found = [...document.querySelectorAll(alien)].map((element) => element.outerHTML.slice(0, 200))
  for (const element of document.querySelectorAll('[href], [src], [action]')) {
    const target = element.getAttribute('href') ?? element.getAttribute('src') ?? element.getAttribute('action')
    if (!/^(?:\\/(?!\\/)|#|https:\\/\\/)/.test(target)) found.push(target)
  }
  if ('${MARKER.replace('window.', '')}' in window) found.push('a script ran')
  return found
})()`

function intruders(page: Page): Promise<unknown> {
  return page.evaluate(INTRUDERS)
}

async function openAll(page: Page): Promise<void> {
  await page.evaluate(`for (const details of document.querySelectorAll('details')) details.open = true`)
}

async function rowsUnder(page: Page, heading: string): Promise<string> {
  return page
    .getByRole('region', { name: new RegExp(heading) })
    .locator('tbody')
    .innerText()
}

// The text as a page shows it: bidirectional controls are escaped.
function shown(text: string): string {
  return text.replace(/[\u202a-\u202e\u2066-\u2069]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`)
}
