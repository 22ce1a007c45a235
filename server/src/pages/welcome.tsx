/**
 * The start page of a server without runs: the first steps.
 *
 * @module
 */
import { CodeBlock } from './components.js'

/** The first steps. */
export function Welcome({ serverUrl }: { serverUrl: string }) {
  return (
    <>
      <h1>No runs yet</h1>
      <p class="subtitle">Add the reporter to the configuration of your test runner, then run your tests.</p>
      <div class="columns">
        <section class="panel padded" aria-labelledby="vitest">
          <h3 id="vitest">Vitest</h3>
          <CodeBlock
            text={`// vitest.config.ts\nimport { defineConfig } from 'vitest/config'\n\nexport default defineConfig({\n  test: {\n    reporters: ['default', ['jux-reporter/vitest', {\n      apiUrl: '${serverUrl}',\n      storageMode: 'both',\n    }]],\n  },\n})`}
          />
        </section>
        <section class="panel padded" aria-labelledby="jest">
          <h3 id="jest">Jest</h3>
          <CodeBlock
            text={`// jest.config.js\nexport default {\n  reporters: ['default', ['jux-reporter/jest', {\n    apiUrl: '${serverUrl}',\n    storageMode: 'both',\n  }]],\n}`}
          />
        </section>
        <section class="panel padded" aria-labelledby="shell">
          <h3 id="shell">Shell</h3>
          <CodeBlock
            text={`npm install --save-dev jux-reporter\nnpx jux keygen --output key.pem\nexport JUX_KEY_PATH=key.pem   # now reports are signed\nnpx vitest run                # or: npx jest`}
          />
        </section>
        <section class="panel padded" aria-labelledby="other">
          <h3 id="other">JUnit file from another tool</h3>
          <CodeBlock
            text={`curl --data-binary @report.xml \\\n  -H 'Content-Type: application/xml' \\\n  ${serverUrl}/api/v1/junit/submit`}
          />
        </section>
      </div>
      <p class="muted">
        To submit from another machine, create an API key with{' '}
        <code>jux-server keys create --name ci --scope submit</code> and set <code>JUX_API_KEY</code> to it.
      </p>
    </>
  )
}
