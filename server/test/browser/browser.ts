/**
 * Headless Chromium, if it is installed.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'

/** The path of the Debian package by default. */
const PATH = process.env.JUX_CHROMIUM ?? '/usr/bin/chromium'
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Whether Chromium is installed. If not, prints one line, or fails when `JUX_REQUIRE_TOOLS` is 1. */
export function haveChromium(): boolean {
  if (existsSync(PATH)) return true
  if (process.env.JUX_REQUIRE_TOOLS === '1') throw new Error(`${PATH} not found, and JUX_REQUIRE_TOOLS=1`)
  console.log(`did not run: ${PATH} not found (apt-get install chromium, or JUX_CHROMIUM=PATH)`)
  return false
}

/** Starts Chromium. */
export function openChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: PATH, headless: true, args: FLAGS })
}

/** A window that records unwanted events. */
export interface Watched {
  readonly context: BrowserContext
  readonly page: Page
  /** Console errors (also violations of the Content-Security-Policy), dialogs, and requests to other hosts than the server. */
  readonly incidents: string[]
}

/** Opens a window. */
export async function openWatched(
  browser: Browser,
  origin: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Watched> {
  // In another zone than UTC, the first page loads itself again.
  const context = await browser.newContext({ viewport: { width: 1_280, height: 860 }, timezoneId: 'UTC', ...options })
  const incidents: string[] = []
  // Requests to other hosts are recorded and aborted.
  await context.route('**', (route) => {
    const url = new URL(route.request().url())
    if (url.origin === origin) return route.continue()
    incidents.push(`request to ${url.origin}`)
    return route.abort()
  })
  const page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') incidents.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => incidents.push(`script: ${error.message}`))
  page.on('dialog', (dialog) => {
    incidents.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  return { context, page, incidents }
}

/** Clicks a link or button that leads to another page, and waits for the whole page: a click alone waits for its first bytes. */
export async function follow(page: Page, locator: Locator): Promise<void> {
  const loaded = page.waitForEvent('load')
  await locator.click()
  await loaded
}
