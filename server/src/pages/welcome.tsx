/**
 * The start page of a server without runs: the first steps, in the order in which they are typed.
 *
 * @module
 */
import { CodeBlock } from './components.js'

/** The first steps. */
export function Welcome({ serverUrl }: { serverUrl: string }) {
  return (
    <>
      <h1>No runs yet</h1>
      <p class="subtitle">Install the reporter, add it to the configuration of your test runner, and run your tests.</p>
      <div class="columns">
        <Step id="install" title="1. Install it, and make a key" text={INSTALL} />
      </div>
      <div class="columns">
        <Step id="vitest" title="2. Add it to Vitest" text={vitestOf(serverUrl)} />
        <Step id="jest" title="2. Or add it to Jest" text={jestOf(serverUrl)} />
      </div>
      <div class="columns">
        <Step id="run" title="3. Run your tests" text={runOf(serverUrl)} />
        <Step id="other" title="Or send the JUnit file of another tool" text={otherOf(serverUrl)} />
      </div>
      <p class="muted">
        To submit from another machine, create an API key with{' '}
        <code>npx jux-server keys create --name ci --scope submit</code> and set <code>JUX_API_KEY</code> to it. As soon
        as a key was created, programs on this machine need one, too.
      </p>
    </>
  )
}

function Step({ id, title, text }: { id: string; title: string; text: string }) {
  return (
    <section class="panel padded" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <CodeBlock text={text} />
    </section>
  )
}

const INSTALL = `npm install --save-dev jux-reporter
npx jux keygen --output ~/.config/jux/key.pem   # once
export JUX_KEY_PATH=~/.config/jux/key.pem       # now reports are signed`

// The endings say which module system a file uses, whatever the package.json says.
function vitestOf(serverUrl: string): string {
  return `// vitest.config.mts
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    reporters: ['default', ['jux-reporter/vitest', {
      apiUrl: '${serverUrl}',
      storageMode: 'both',
    }]],
  },
})`
}

function jestOf(serverUrl: string): string {
  return `// jest.config.cjs
module.exports = {
  reporters: ['default', ['jux-reporter/jest', {
    apiUrl: '${serverUrl}',
    storageMode: 'both',
  }]],
}`
}

function runOf(serverUrl: string): string {
  return `npx vitest run   # or: npx jest

# without step 2, for one run:
JUX_API_URL=${serverUrl} npx jux run --submit -- vitest run`
}

function otherOf(serverUrl: string): string {
  return `npx jux-reporter report report.xml --submit \\
  --api-url ${serverUrl}`
}
