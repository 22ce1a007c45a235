/**
 * Headless Chromium, where there is one.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

/** Where Debian puts it, unless told otherwise. */
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

/** Whether pages can be walked here; says so in one line when they cannot, and fails where they have to be. */
export function haveChromium(): boolean {
  if (existsSync(PATH)) return true
  if (process.env.JUX_REQUIRE_TOOLS === '1') throw new Error(`${PATH} not found, and JUX_REQUIRE_TOOLS=1`)
  console.log(`did not run: ${PATH} not found (apt-get install chromium, or JUX_CHROMIUM=PATH)`)
  return false
}

/** Starts it. */
export function openChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: PATH, headless: true, args: FLAGS })
}

/** A window, and what happened in it that must not. */
export interface Watched {
  readonly context: BrowserContext
  readonly page: Page
  /** Console errors (violations of the policy among them), dialogs, and requests to anywhere but the server. */
  readonly incidents: string[]
}

/** Opens a window in one colour scheme and watches it. */
export async function openWatched(
  browser: Browser,
  origin: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 860 }, ...options })
  const incidents: string[] = []
  // Nothing leaves this machine, and whatever tries is noted.
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
