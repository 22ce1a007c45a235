/**
 * Rules about who signed the reports.
 *
 * @module
 */
import { listed } from '../report.js'
import { overall, perReport, type Rule } from '../rule.js'

const signature: Rule = {
  id: 'trust.signature',
  demand: ({ trust }) => {
    const own = Object.keys(trust.projects ?? {})
    const exceptions = own.length === 0 ? '' : `; those of ${listed(own)} by the signers of that project`
    return `every report is signed by a trusted signer, and unchanged${exceptions}`
  },
  check: ({ reports, refused }) => [
    ...perReport(reports, 'a signature of a trusted signer', ({ signed }) => ({
      isGood: true,
      found: `signed by ${signed.subject ?? signed.keyDescription}, sha256:${signed.fingerprint.slice(0, 16)}…`,
    })),
    ...refused.map(({ name, why }) => ({
      result: 'violated' as const,
      report: name,
      found: why,
      wanted: 'a signature of a trusted signer',
    })),
  ],
}

const distinct: Rule = {
  id: 'trust.distinct',
  demand: () => 'no report is given twice',
  check: ({ reports }) => {
    const names = new Map<string, string[]>()
    for (const { name, signed } of reports) {
      const known = names.get(signed.contentHash)
      if (known === undefined) names.set(signed.contentHash, [name])
      else known.push(name)
    }
    const repeated = [...names.values()].filter((group) => group.length > 1)
    const found = repeated.map((group) => `${listed(group)} have the same content`).join('; ')
    return overall(repeated.length === 0, found || `${reports.length} different reports`, 'different reports')
  },
}

const revoked: Rule = {
  id: 'trust.revoked',
  demand: ({ trust }) =>
    trust.revoked?.length ? `no report is signed with a revoked key (${trust.revoked.length} listed)` : undefined,
  check: ({ policy, reports }) =>
    perReport(reports, 'a key that is not revoked', ({ signed, stampedAt }) => {
      const entry = policy.trust.revoked?.find(({ fingerprint }) => fingerprint === signed.fingerprint)
      if (entry === undefined) return { isGood: true, found: 'not revoked' }
      const isOlder = stampedAt !== undefined && stampedAt.getTime() < Date.parse(entry.since)
      const when =
        stampedAt === undefined ? 'no time stamp shows that it is older' : `stamped ${stampedAt.toISOString()}`
      return { isGood: isOlder, found: `the key is revoked since ${entry.since}, ${when}` }
    }),
}

const algorithm: Rule = {
  id: 'trust.algorithm',
  demand: ({ trust: { algorithms, minRsaBits } }) => wantedAlgorithm(algorithms, minRsaBits),
  check: ({ policy: { trust }, reports }) => {
    const { algorithms, minRsaBits = 0 } = trust
    return perReport(reports, wantedAlgorithm(algorithms, trust.minRsaBits) ?? '', ({ signed }) => {
      const bits = Number(/^RSA (\d+)$/.exec(signed.keyDescription)?.[1] ?? Number.POSITIVE_INFINITY)
      const isListed = algorithms?.includes(signed.algorithm) ?? true
      return { isGood: isListed && bits >= minRsaBits, found: `${signed.algorithm}, ${signed.keyDescription}` }
    })
  },
}

function wantedAlgorithm(
  algorithms: readonly string[] | undefined,
  minRsaBits: number | undefined,
): string | undefined {
  const parts = [
    ...(algorithms === undefined ? [] : [`one of ${algorithms.join(', ')}`]),
    ...(minRsaBits === undefined ? [] : [`RSA keys of at least ${minRsaBits} bits`]),
  ]
  return parts.length === 0 ? undefined : parts.join(', and ')
}

/** The rules, in the order in which they are shown. */
export const TRUST_RULES: readonly Rule[] = [signature, distinct, revoked, algorithm]
