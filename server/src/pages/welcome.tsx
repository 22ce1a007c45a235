/**
 * What somebody sees who has yet to submit a report: what to type.
 *
 * @module
 */
import { Block } from './parts.js'

/** The first steps. */
export function Welcome({ serverUrl }: { serverUrl: string }) {
  return (
    <>
      <h1>No runs yet</h1>
      <p class="under">This server is ready. Name it in the configuration of your test runner, then run the tests.</p>
      <div class="columns">
        <section class="panel padded" aria-labelledby="vitest">
          <h3 id="vitest">Vitest</h3>
          <Block
            text={`// vitest.config.ts\nimport { defineConfig } from 'vitest/config'\n\nexport default defineConfig({\n  test: {\n    reporters: ['default', ['jux-reporter/vitest', {\n      apiUrl: '${serverUrl}',\n      storageMode: 'both',\n    }]],\n  },\n})`}
          />
        </section>
        <section class="panel padded" aria-labelledby="jest">
          <h3 id="jest">Jest</h3>
          <Block
            text={`// jest.config.js\nexport default {\n  reporters: ['default', ['jux-reporter/jest', {\n    apiUrl: '${serverUrl}',\n    storageMode: 'both',\n  }]],\n}`}
          />
        </section>
        <section class="panel padded" aria-labelledby="shell">
          <h3 id="shell">In the shell</h3>
          <Block
            text={`npm install --save-dev jux-reporter\nnpx jux keygen --output key.pem\nexport JUX_KEY_PATH=key.pem   # reports are signed from now on\nnpx vitest run                # or: npx jest`}
          />
        </section>
        <section class="panel padded" aria-labelledby="other">
          <h3 id="other">A JUnit file of any other tool</h3>
          <Block
            text={`curl --data-binary @report.xml \\\n  -H 'Content-Type: application/xml' \\\n  ${serverUrl}/api/v1/junit/submit`}
          />
        </section>
      </div>
      <p class="muted">
        From another machine a key is needed: <code>jux-server keys create --name ci --scope submit</code> makes one,
        and the reporter reads it from <code>JUX_API_KEY</code>.
      </p>
    </>
  )
}
