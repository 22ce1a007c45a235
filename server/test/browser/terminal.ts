/**
 * Pictures of a terminal session: commands run in a pseudo terminal, and a terminal emulator draws their output.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import type { Browser } from 'playwright-core'

const COLUMNS = 150
const PROMPT = '\u001b[32m$\u001b[0m '

/**
 * Runs the commands one after another, each after a prompt. Their exit codes are ignored.
 *
 * @param options.env the whole environment
 * @returns the output, including the prompts
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

/** Draws the output of a terminal session into a PNG file. */
export async function drawTerminal(browser: Browser, bytes: Buffer, path: string): Promise<void> {
  const { resolve } = createRequire(import.meta.url)
  const page = await browser.newPage({ viewport: { width: 1_280, height: 900 }, deviceScaleFactor: 2 })
  await page.setContent(
    '<body style="margin:0"><div id="frame" style="display:inline-block;padding:16px;background:#16181d"></div>',
  )
  await page.addStyleTag({ path: resolve('@xterm/xterm/css/xterm.css') })
  await page.addScriptTag({ path: resolve('@xterm/xterm/lib/xterm.js') })
  // The script is a text, because its names exist only in the page.
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
