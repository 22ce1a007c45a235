/**
 * Verifies Sigstore bundles with @sigstore/verify, which is installed in the folder of this program's copy.
 *
 * Reads a job as JSON from each line: the bundle, the public key (SPKI, base64) and its hint, and, for time stamps, the
 * certificates of the authority (DER, base64; the signer's first). Prints `{ "ok", "error" }` for each.
 */
import { readFileSync } from 'node:fs'
import { bundleFromJSON } from '@sigstore/bundle'
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify'

if (process.argv[2] === '--version') {
  const versionOf = (name) =>
    JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version
  console.log(`@sigstore/verify ${versionOf('@sigstore/verify')}, @sigstore/bundle ${versionOf('@sigstore/bundle')}`)
} else {
  for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean))
    console.log(JSON.stringify(check(JSON.parse(line))))
}

function check({ bundle, publicKey, hint, tsaChain }) {
  try {
    const authority = tsaChain && {
      subject: undefined,
      uri: '',
      certChain: { certificates: tsaChain.map((rawBytes) => ({ rawBytes: Buffer.from(rawBytes, 'base64') })) },
    }
    const root = {
      certificateAuthorities: [],
      timestampAuthorities: authority ? [authority] : [],
      tlogs: [],
      ctlogs: [],
    }
    const keys = { [hint]: { rawBytes: Buffer.from(publicKey, 'base64') } }
    const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: tsaChain ? 1 : 0 }
    const verifier = new Verifier(toTrustMaterial(root, keys), thresholds)
    verifier.verify(toSignedEntity(bundleFromJSON(bundle)))
    return { ok: true }
  } catch (error) {
    return { ok: false, error: String(error) }
  }
}
