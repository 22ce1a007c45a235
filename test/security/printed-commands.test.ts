/**
 * The command that a reporter prints after a failed submission works exactly as printed, from the same folder, whatever
 * mixture of options, variables and files configured the run.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.js'
import { startFacts } from '../../src/enrich/facts.js'
import { composeReport, deliverReport } from '../../src/pipeline.js'
import { doStep, newSituation, type Place, put, type Situation, stepsOf, systemOf } from '../support/advice.js'
import { created, json, start } from '../support/http-server.js'
import { RUN } from '../support/session-scene.js'
import { fixedSystem } from '../support/system.js'

const WRITTEN = ['options', 'variable', '.jux.conf', 'package.json', 'user file'] as const satisfies readonly Place[]
/** A credential in the options cannot be printed; in a file of the repository it is no secret of the user. */
const CREDENTIAL_PLACES = ['variable', 'user file', 'none'] as const

/** The suggestions of a run whose server failed. */
async function failedRun(situation: Situation): Promise<readonly string[]> {
  const system = fixedSystem(systemOf(situation))
  const { settings, sources } = loadConfig({ options: situation.options, cwd: situation.dir, system })
  const facts = await startFacts({ ...settings, rootDir: situation.dir }, system)
  const materials = { settings: { ...settings, sources }, facts, signer: undefined, system }
  const { failures } = await deliverReport(composeReport(RUN, materials), materials, {})
  expect(failures).toHaveLength(1)
  return failures[0]?.suggestions ?? []
}

const mixtures = WRITTEN.flatMap((server) =>
  WRITTEN.flatMap((store) => CREDENTIAL_PLACES.map((credential) => [server, store, credential] as const)),
)

describe.each([
  ['cache', /^npx jux publish --queue/],
  ['both', /^npx jux publish --file/],
])('the command that is printed in mode %s', (mode, form) => {
  it.each(mixtures)('works with the server in %s, the store in %s, and the API key in %s', async (...places) => {
    const [serverPlace, storePlace, credentialPlace] = places
    let isWell = false
    const server = await start({
      responders: [(...parts) => (isWell ? created : json(501, { error: 'down' }))(...parts)],
    })
    const situation = newSituation({ storageMode: mode })
    situation.env.JUX_API_MAX_RETRIES = '0'
    put(situation, 'apiUrl', server.url, serverPlace)
    put(situation, 'protocol', 'xml', serverPlace)
    put(situation, 'storagePath', 'a store', storePlace)
    if (credentialPlace !== 'none') put(situation, 'apiKey', 'key-of-the-user-0123', credentialPlace)

    const suggestions = await failedRun(situation)
    isWell = true
    const command = suggestions.find((line) => form.test(line)) ?? ''
    const [step] = stepsOf(command) ?? []
    const outcome = step && (await doStep(step, situation, async () => {}))

    const { headers } = server.received.at(-1) ?? {}
    expect([command, outcome]).toEqual([command, { outcome: undefined }])
    expect(server.received).toHaveLength(2)
    expect(headers?.['content-type']).toBe('application/xml')
    expect(headers?.authorization).toBe(credentialPlace === 'none' ? undefined : 'Bearer key-of-the-user-0123')
  })
})
