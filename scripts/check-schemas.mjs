/**
 * Validates reports against the public JUnit schemas: `npm run test:schemas -- FOLDER`.
 *
 * The folder holds junit-10.xsd (Jenkins xUnit plugin) and windyroad-JUnit.xsd (Apache Ant's format). They are not part
 * of this repository. Needs xmllint.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const folder = process.argv[2] ?? process.env.JUX_XSD_DIR
const missing =
  folder === undefined
    ? 'no folder with schemas is given'
    : ['junit-10.xsd', 'windyroad-JUnit.xsd'].map((file) => join(folder, file)).find((file) => !existsSync(file))
if (folder === undefined || missing !== undefined) {
  console.log(`did not run: ${folder === undefined ? missing : `${missing} does not exist`}`)
  process.exit(folder === undefined ? 0 : 1)
}
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    'test/render/schemas.test.ts',
    'test/cli/merge-schemas.test.ts',
    '--reporter=verbose',
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, JUX_XSD_DIR: resolve(folder) },
  },
)
process.exit(status ?? 1)
