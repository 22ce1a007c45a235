/**
 * `npm run test:matrix`: the contract of the adapters on every runner and Node.
 *
 *   npm run test:matrix -- --runner vitest4,jest --node 20,22
 *   npm run test:matrix -- --ends   with every way in which a command can end under jux run
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { runner: { type: 'string' }, node: { type: 'string' }, ends: { type: 'boolean' } },
})
const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
const { status } = spawnSync(process.execPath, [vitest, 'run', '--config', 'test/matrix/vitest.config.ts'], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    MATRIX_RUNNERS: values.runner ?? process.env.MATRIX_RUNNERS ?? '',
    MATRIX_NODES: values.node ?? process.env.MATRIX_NODES ?? '',
    MATRIX_ENDS: values.ends ? '1' : '',
  },
})
process.exitCode = status ?? 1
