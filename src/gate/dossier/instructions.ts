/**
 * The script of a dossier that verifies it with openssl and xmlsec1 alone, and the text that explains it.
 *
 * Pure. Names of files are made by this program, so they need no quotes in the script.
 *
 * @module
 */
import type { DigestName } from '../../xml/digest.js'

/** A key in the dossier. */
export interface DossierKey {
  /** Path in the dossier. */
  readonly file: string
  /** SHA-256 of the public key (SubjectPublicKeyInfo, DER), lower-case hex. */
  readonly fingerprint: string
  /** `ECDSA P-256`. */
  readonly description: string
  /** What it signed: `reports`, `decision`, `waivers`. */
  readonly roles: readonly string[]
  /** The digest that its envelopes are signed with. */
  readonly digest: DigestName
}

/** A signed file of the dossier. */
export interface SignedFile {
  readonly file: string
  readonly key: DossierKey
}

/** What the script verifies. */
export interface Instructions {
  readonly title: string
  readonly keys: readonly DossierKey[]
  /** The key that signed the list of files. */
  readonly dossierKey: DossierKey
  readonly reports: readonly SignedFile[]
  /** DSSE envelopes and Sigstore bundles. */
  readonly envelopes: readonly SignedFile[]
  /** Which envelope names the digest of which report: the decision that of each, attestations and receipts that of theirs. */
  readonly named: readonly { readonly envelope: string; readonly report: string }[]
}

/** Names of the files that every dossier has. */
export const LIST_FILE = 'SHA256SUMS'
export const LIST_SIGNATURE_FILE = 'SHA256SUMS.sig'
export const SCRIPT_FILE = 'verify.sh'
export const README_FILE = 'README.txt'

/** A POSIX shell script. It exits with 0 if everything is verified, else with 1. */
export function verifyScript({ keys, dossierKey, reports, envelopes, named }: Instructions): string {
  return `#!/bin/sh
# Verifies this dossier with openssl and xmlsec1. It reads nothing outside of this folder.
cd "$(dirname "$0")" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

result() { # CODE WHAT
  if [ "$1" -eq 0 ]; then echo "ok   $2"; else echo "BAD  $2"; bad=1; fi
}

sha256() { # FILE
  openssl dgst -sha256 -r "$1" | cut -d ' ' -f 1
}

key() { # FILE FINGERPRINT
  [ "$(openssl pkey -pubin -in "$1" -outform DER 2>/dev/null | openssl dgst -sha256 -r | cut -d ' ' -f 1)" = "$2" ]
  result $? "$1 is the key $2"
}

report() { # KEY FILE
  xmlsec1 --verify $lax --pubkey-pem "$1" "$2" >/dev/null 2>&1
  result $? "$2 is signed with $1"
}

# The signature of a DSSE envelope covers: DSSEv1, the length of the type, the type, the length of the payload, the payload.
payload() { # FILE
  sed -n 's/.*"payload": *"\\([^"]*\\)".*/\\1/p' "$1" | openssl base64 -d -A
}

envelope() { # DIGEST KEY FILE
  type=$(sed -n 's/.*"payloadType": *"\\([^"]*\\)".*/\\1/p' "$3")
  payload "$3" >"$work/payload"
  sed -n 's/.*"sig": *"\\([^"]*\\)".*/\\1/p' "$3" | openssl base64 -d -A >"$work/signature"
  size=$(($(wc -c <"$work/payload")))
  { printf 'DSSEv1 %d %s %d ' "\${#type}" "$type" "$size"; cat "$work/payload"; } >"$work/signed"
  openssl dgst "-$1" -verify "$2" -signature "$work/signature" "$work/signed" >/dev/null 2>&1
  result $? "$3 is signed with $2"
}

names() { # ENVELOPE FILE
  digest=$(sha256 "$2")
  payload "$1" | grep -qF "\${digest:-no digest}"
  result $? "$1 names the digest of $2"
}

# xmlsec1 from 1.3 on searches a key only by the names in the report, unless it is told otherwise.
case $(xmlsec1 --version) in *' 1.2.'*) lax= ;; *) lax=--lax-key-search ;; esac

# The list of files, and every file.
openssl dgst -${dossierKey.digest} -verify ${dossierKey.file} -signature ${LIST_SIGNATURE_FILE} ${LIST_FILE} >/dev/null 2>&1
result $? "${LIST_FILE} is signed with ${dossierKey.file}"
while read -r digest file; do
  [ "$(sha256 "$file")" = "$digest" ] || result 1 "$file has the digest in ${LIST_FILE}"
done <${LIST_FILE}
find . -type f | sed 's|^\\./||' | sort >"$work/found"
{ cut -d ' ' -f 3- ${LIST_FILE}; printf '%s\\n' ${LIST_FILE} ${LIST_SIGNATURE_FILE}; } | sort >"$work/listed"
cmp -s "$work/found" "$work/listed"
result $? "the files are those in ${LIST_FILE}"

# The keys. Compare the fingerprints with those that their owners published.
${keys.map(({ file, fingerprint }) => `key ${file} ${fingerprint}\n`).join('')}
# The signatures.
${reports.map(({ file, key }) => `report ${key.file} ${file}\n`).join('')}${envelopes
  .map(({ file, key }) => `envelope ${key.digest} ${key.file} ${file}\n`)
  .join('')}${named.map(({ envelope, report }) => `names ${envelope} ${report}\n`).join('')}
[ "$bad" -eq 0 ] && echo 'everything is verified' || echo 'the dossier is not verified'
exit "$bad"
`
}

/** The text of the README. */
export function readmeText({ title, keys, dossierKey, envelopes }: Instructions): string {
  const rows = keys.map(
    ({ file, description, fingerprint, roles }) =>
      `  ${file}\n    ${description}, signs: ${roles.join(', ')}\n    sha256 ${fingerprint}\n`,
  )
  const [envelope] = envelopes
  return `${title}
${'='.repeat(title.length)}

This folder is evidence about a release: the test reports, the policy that decided, the decision, and
everything that is needed to check them without the program that made them.

  index.html      what was tested, by whom and with which result, to read and to print
  reports/        the test reports, each with its signature (XML Signature); beside them, if there are any,
                  attestations of their results (.sigstore.json) and receipts of a server (.receipt.json)
  policy.json     what the release demanded of its reports
  decision.json   what the gate decided: a SLSA Verification Summary (in-toto, DSSE, in a Sigstore bundle)
  waivers/        exceptions for single tests, each signed by an approver, if there are any
  keys/           the public keys
  ${LIST_FILE}      the SHA-256 digest of every other file; ${LIST_SIGNATURE_FILE} is its signature
  ${SCRIPT_FILE}       verifies all of it

To verify it, install openssl and xmlsec1, and run:

  sh ${SCRIPT_FILE}

It ends with "everything is verified" and the exit code 0, or it names what is wrong.

This shows that nothing was changed, and that the keys below signed it. It does not show whose keys they
are. Compare their fingerprints with those that their owners published:

${rows.join('')}
By hand, for example:

  openssl pkey -pubin -in ${dossierKey.file} -outform DER | openssl dgst -sha256
  openssl dgst -${dossierKey.digest} -verify ${dossierKey.file} -signature ${LIST_SIGNATURE_FILE} ${LIST_FILE}
  openssl dgst -sha256 -r reports/*.xml      (compare with ${LIST_FILE})
  xmlsec1 --verify --pubkey-pem KEY REPORT   (from version 1.3 on, with --lax-key-search)
${envelope === undefined ? '' : `\nThe function "envelope" in ${SCRIPT_FILE} shows how the signature of a DSSE envelope is checked.\n`}
The dossier claims no compliance with any standard.
`
}
