/**
 * A session in a terminal as it looks: commands in a pseudo terminal, and what they wrote drawn by a terminal emulator.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import type { Browser } from 'playwright-core'

const COLUMNS = 150
const PROMPT = '\u001b[32m$\u001b[0m '

/**
 * Runs the commands one after the other, each behind a prompt, whatever they exit with.
 *
 * @param options.env the whole environment
 * @returns the bytes that a terminal would get
 */
export function terminalSession(
  commands: readonly string[],
  options: { cwd: string; env: Readonly<Record<string, string>> },
): Buffer {
  const lines = commands.flatMap((command) => [`printf '%s\\n' '${PROMPT}${command}'`, command, 'echo'])
  return execFileSync(
    'script',
    ['--quiet', '--flush', '--command', `stty cols ${COLUMNS}; ${lines.join('; ')}`, '/dev/null'],
    { ...options, env: { ...options.env, TERM: 'xterm-256color' } },
  )
}

/** Draws what a terminal got into a PNG file, as high as its text. */
export async function drawTerminal(browser: Browser, bytes: Buffer, path: string): Promise<void> {
  const { resolve } = createRequire(import.meta.url)
  const page = await browser.newPage({ viewport: { width: 1_280, height: 900 }, deviceScaleFactor: 2 })
  await page.setContent(
    '<body style="margin:0"><div id="frame" style="display:inline-block;padding:16px;background:#16181d"></div>',
  )
  await page.addStyleTag({ path: resolve('@xterm/xterm/css/xterm.css') })
  await page.addScriptTag({ path: resolve('@xterm/xterm/lib/xterm.js') })
  // A text, because what it names exists in the page alone.
  await page.evaluate(`new Promise((resolve) => {
    const terminal = new Terminal({
      cols: ${COLUMNS}, rows: 200, scrollback: 0, fontFamily: 'DejaVu Sans Mono', fontSize: 13,
      theme: { background: '#16181d', foreground: '#d7dae0' }, cursorStyle: 'bar', cursorInactiveStyle: 'none',
    })
    terminal.open(document.getElementById('frame'))
    terminal.write(Uint8Array.from(atob('${bytes.toString('base64')}'), (letter) => letter.charCodeAt(0)), () => {
      terminal.resize(${COLUMNS}, terminal.buffer.active.cursorY + 1)
      requestAnimationFrame(() => requestAnimationFrame(resolve))
    })
  })`)
  await page.locator('#frame').screenshot({ path })
  await page.close()
}
