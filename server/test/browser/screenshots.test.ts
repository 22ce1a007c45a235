import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { haveChromium, openChromium, openWatched } from './browser.js'
import { demoCompany } from './company.js'

/** Where the pictures of the manual go; they are made when a folder is named. */
const FOLDER = process.env.JUX_SCREENSHOTS

it.skipIf(FOLDER === undefined || !haveChromium())('makes the pictures of the manual', async () => {
  const { server, latest } = await demoCompany()
  const folder = FOLDER ?? ''
  mkdirSync(folder, { recursive: true })
  const browser = await openChromium()
  try {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, incidents } = await openWatched(browser, server.url, {
        colorScheme,
        viewport: { width: 1_200, height: 820 },
      })
      const take = async (name: string, path: string) => {
        await page.goto(server.url + path)
        await page.screenshot({ path: join(folder, `server-${name}-${colorScheme}.png`) })
      }
      await take('runs', '/')
      await take('run', `/runs/${latest}`)
      await take('project', '/projects/storefront?branch=main')
      await page.getByRole('link', { name: 'checkout > retries a lost connection' }).first().click()
      await page.screenshot({ path: join(folder, `server-test-${colorScheme}.png`) })
      expect(incidents).toEqual([])
    }
  } finally {
    await browser.close()
  }
})
