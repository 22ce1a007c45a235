/**
 * The finer reasons of errors: what `JuxError.reason` can say, and what each means.
 *
 * Names are stable. docs/errors.md is made from these tables (`npm run docs`).
 *
 * @module
 */

/** Why a document cannot be read; the code is `XML_PARSE_ERROR`. */
export const XML_REASONS = {
  empty: 'the document is empty',
  encoding: 'the document is not in UTF-8',
  'xml-declaration': 'the XML declaration is malformed, or not at the beginning',
  doctype: 'a document type declaration is not allowed',
  comment: 'a comment is not allowed here',
  'processing-instruction': 'a processing instruction is not allowed here',
  markup: 'markup is malformed',
  unclosed: 'the document ends too early',
  'no-root': 'there is no root element',
  'content-outside-root': 'there is content outside the root element',
  'tag-mismatch': 'an end tag does not match its start tag',
  name: 'a name is malformed',
  attribute: 'an attribute is malformed',
  'duplicate-attribute': 'an attribute appears twice',
  'reserved-attribute': 'an attribute has a name that passes for a namespace declaration',
  namespace: 'a namespace declaration is not legal',
  'relative-namespace': 'a namespace is named by a relative reference, which has no canonical form',
  'unbound-prefix': 'a prefix is not bound to a namespace',
  entity: 'an entity other than the five of XML is used',
  reference: 'a character reference is malformed or stands for an illegal character',
  'illegal-character': 'a character is not legal in XML',
  'cdata-end': 'character data contain "]]>"',
  'too-large': 'the document is larger than allowed',
  'canonical-too-large': 'the canonical form is much larger than the document',
  'too-deep': 'elements are nested deeper than allowed',
  'too-many-attributes': 'an element has more attributes than allowed',
  'name-too-long': 'a name is longer than allowed',
  'too-many-names': 'there are more different names than allowed',
  'namespace-too-long': 'a namespace name is longer than allowed',
} as const

/** Why a document cannot be read, as `JuxError.reason` says it. */
export type XmlReason = keyof typeof XML_REASONS

/** Why the verifier refuses a report: the rules of the closed profile, and the sentence that is printed. */
export const VERIFICATION_REASONS = {
  'signature-missing': 'the report is not signed',
  'several-signatures': 'there is more than one Signature',
  'signature-position': 'the Signature is not the first or the last element inside the root',
  'stray-signature-element': 'an element of XML Signature stands outside the Signature',
  comment: 'there is a comment, which no signature covers',
  'processing-instruction': 'there is a processing instruction, which a reader may act on',
  'signature-too-large': 'the Signature is larger than allowed',
  'signature-structure': 'the Signature does not have the elements it must have, in their order',
  'signature-attribute': 'an element of the Signature has an attribute it must not have',
  'signature-text': 'there is text where the Signature must have none',
  'canonicalization-method': 'the canonicalisation of SignedInfo is not an accepted one',
  'signature-method': 'the signature algorithm is not an accepted one',
  'reference-count': 'there is not exactly one Reference',
  'reference-uri': 'the Reference is not to the whole document',
  'duplicate-id': "the root's Id appears on another element",
  transforms: 'the transforms are not the enveloped signature followed by an accepted canonicalisation',
  'prefix-list': 'the PrefixList of an exclusive canonicalisation is not acceptable',
  'digest-method': 'the digest algorithm is not an accepted one',
  base64: 'a value is not strict base64',
  'digest-length': 'the digest does not have the length of its algorithm',
  'signature-length': 'the signature does not have the length that the key demands',
  'key-info': 'KeyInfo holds something that is not accepted',
  'key-info-mismatch': 'KeyInfo names keys that contradict each other',
  'key-info-missing': 'the report names no key that it could be checked with',
  'key-type': 'the signature algorithm is for another type of key',
  'weak-key': 'the key is too short, or of a type that is not accepted',
  'untrusted-key': 'the report is signed by a key that is not trusted',
  'certificate-expired': 'the certificate has expired',
  'certificate-not-yet-valid': 'the certificate is not valid yet',
  'certificate-chain': 'the certificate does not lead to a trusted authority',
  'certificate-usage': 'a certificate may not be used for this',
  'digest-mismatch': 'the report was changed after it was signed',
  'signature-mismatch': 'the signature does not match: it was changed, or made by another key',
} as const

/** Why a report is refused, as `JuxError.reason` says it. */
export type VerificationReason = keyof typeof VERIFICATION_REASONS

/** What the operating system says about the files of the store; the code is one of `STORAGE_*`, or `OPERATION_FAILED`. */
export const SYSTEM_REASONS = {
  eacces: 'permission denied',
  eperm: 'operation not permitted',
  erofs: 'the file system is read-only',
  enospc: 'no space is left',
  edquot: 'the disk quota is used up',
  enotdir: 'a part of the path is a file, not a folder',
  // What mkdir says when the folder's own name is a file's.
  eexist: 'a part of the path is a file, not a folder',
  enoent: 'it does not exist',
  eio: 'the disk reports an input/output error',
  emfile: 'too many files are open',
  enfile: 'too many files are open on this machine',
  ebusy: 'another program uses it',
  efbig: 'the file is larger than the file system allows',
  eisdir: 'it is a folder, not a file',
  enametoolong: 'the path is longer than the file system allows',
  estale: 'the network drive has lost it',
  exdev: 'the folders of the store are on different file systems',
} as const

/** One of them: an errno in lower case. */
export type SystemReason = keyof typeof SYSTEM_REASONS

/** All others, by the code that they come with; what is printed names the thing and the cure. */
export const REASONS = {
  FILE_NOT_FOUND: {
    'empty-folder': 'there is no .xml file in the folder',
    'missing-file': 'a setting names a file that does not exist',
    command: 'there is no program of that name (`jux run`)',
  },
  FILE_PERMISSION_DENIED: {
    'unreadable-file': 'a setting names a file that cannot be read',
  },
  KEY_NOT_FOUND: {
    'missing-file': 'a setting names a key that does not exist',
    'tls-file': 'the key of the client certificate cannot be read',
  },
  KEY_INVALID_FORMAT: {
    'not-pem': 'the file is no private key in PEM format',
    'not-private': 'the file holds a public key or a certificate, where the private key is needed',
    'openssh-key': "the key is in OpenSSH's own format",
    'passphrase-missing': 'the key is encrypted, and no passphrase is configured',
    'passphrase-wrong': 'the passphrase does not open the key',
    'unsupported-key': 'the key is of a type or size that is not accepted',
    'inconsistent-key': 'the public half of the key refuses what the private half signs',
    'no-public-key': 'the file holds no public key',
    'unreadable-key': 'a public key in the file is damaged',
    'too-long': 'the file is too long to be a key',
    'tls-file': 'the file holds no key for TLS in PEM format',
  },
  KEY_PERMISSION_DENIED: {
    'readable-by-others': 'other users of the machine can read or write the key',
    'unreadable-file': 'the key cannot be read',
  },
  CERT_NOT_FOUND: {
    'missing-file': 'a setting names a certificate that does not exist',
    'tls-file': 'a certificate for TLS cannot be read',
  },
  CERT_INVALID_FORMAT: {
    'no-certificate': 'the file holds no certificate',
    'unreadable-certificate': 'a certificate in the file is damaged',
    'certificate-key-mismatch': 'the certificate belongs to another key',
    'not-an-authority': 'the certificate is not of an authority (basicConstraints)',
    'too-long': 'the file is too long to be a certificate',
    'tls-file': 'the files for TLS hold no certificate, or cannot be used',
  },
  CERT_EXPIRED: {
    expired: 'the certificate to sign with has expired',
    'not-yet-valid': 'the certificate to sign with is not valid yet',
  },
  XML_PARSE_ERROR: {
    encoding: 'the report is not text in the encoding that it names',
  },
  XML_INVALID_STRUCTURE: {
    'not-junit': 'the root element is neither testsuites nor testsuite',
    'too-many': 'the report has more test cases, suites or properties than the reader is to keep',
    'content-differs': 'a stored report was changed or damaged',
  },
  XML_SIGNATURE_MISSING: {
    'protocol-reports': 'the protocol `reports` carries signed reports only',
  },
  CONFIG_NOT_FOUND: {
    'unreadable-file': 'a configuration file that is named does not exist',
  },
  CONFIG_INVALID_SYNTAX: {
    line: 'a line of a configuration file is no `key = value`',
    section: 'a line stands outside `[jux]`',
  },
  CONFIG_INVALID_VALUE: {
    'bad-value': 'a setting has a value that it cannot have',
    'unknown-key': 'there is no setting of that name',
    contradiction: 'two settings, or two spellings of one, contradict each other',
    'name-template': 'a template or function for names failed; default names were used',
    'api-url': 'the address of the server cannot be used',
    proxy: 'a proxy variable names no http:// or https:// proxy',
    'credential-characters': 'the credentials hold characters that no header can carry',
    'insecure-http': 'credentials would go over plain http to another machine',
  },
  CONFIG_MISSING_REQUIRED: {
    missing: 'a setting needs another one that is not set',
    'api-url': 'there is nowhere to submit to',
    'no-keys': 'the server could be reached by strangers, and has no API key',
    'tls-file': 'a client certificate is set without its key, or a key without its certificate',
  },
  API_CONNECTION_ERROR: {
    proxy: 'the proxy refuses, or cannot be reached',
    'connection-refused': 'nothing listens at the address',
    'name-not-found': 'the host name is not known',
    unreachable: 'there is no way to that network',
    tls: 'the certificate of the server is not trusted, or TLS fails otherwise',
    'connection-lost': 'the connection ended before the answer',
  },
  API_TIMEOUT: {
    'connect-timeout': 'nobody answers at the address',
    timeout: 'no answer within `apiTimeout`',
    deadline: 'no answer before the `deadline` was over',
  },
  API_INVALID_RESPONSE: {
    'not-http': 'what answers does not speak HTTP',
    'no-json': 'the answer is no JSON, for example the page of a proxy',
    'unknown-shape': 'the answer does not say that the report was taken',
    redirect: 'the server sends us elsewhere, which is not followed',
  },
  INVALID_ARGUMENT: {
    hash: 'a text is no content hash',
    'ambiguous-hash': 'several reports begin with this hash',
    'distinguished-name': 'a text is no distinguished name (RFC 4514)',
  },
  OPERATION_FAILED: {
    'not-as-expected': 'the report says something else than `--expect` asks for',
    'already-signed': 'the report has a signature; `--replace` takes it out',
    'process-ended': 'the process ended before the report could be submitted',
    'not-tried': 'the server failed several times in a row, so this report was not tried',
    command: 'the program cannot be started (`jux run`)',
  },
} as const

/** The reasons that come with a code. */
export type ReasonOf<Code extends keyof typeof REASONS> = { [Each in Code]: keyof (typeof REASONS)[Each] }[Code]

/** Everything that `JuxError.reason` can be; `http-503` and the like is the status that a server answered with. */
export type Reason = XmlReason | VerificationReason | SystemReason | ReasonOf<keyof typeof REASONS> | `http-${number}`
