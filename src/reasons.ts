/**
 * The values of `JuxError.reason`, each with its meaning.
 *
 * The names are stable. docs/errors.md is generated from these tables (`npm run docs`).
 *
 * @module
 */

/** Why an XML document cannot be read. The code is `XML_PARSE_ERROR`. */
export const XML_REASONS = {
  empty: 'the document is empty',
  encoding: 'the document is not in UTF-8',
  'xml-declaration': 'the XML declaration is malformed, or is not at the start of the document',
  doctype: 'a document type declaration is not allowed',
  comment: 'a comment is not allowed here',
  'processing-instruction': 'a processing instruction is not allowed here',
  markup: 'markup is malformed',
  unclosed: 'the document ends before all elements are closed',
  'no-root': 'the document has no root element',
  'content-outside-root': 'there is content outside of the root element',
  'tag-mismatch': 'an end tag does not match its start tag',
  name: 'a name is malformed',
  attribute: 'an attribute is malformed',
  'duplicate-attribute': 'an attribute appears twice',
  'reserved-attribute': 'an attribute has a name that looks like a namespace declaration',
  namespace: 'a namespace declaration is not allowed',
  'relative-namespace': 'a namespace name is a relative reference, which cannot be canonicalized',
  'unbound-prefix': 'a prefix is not bound to a namespace',
  entity: 'an entity is used that is not one of the five predefined ones',
  reference: 'a character reference is malformed, or refers to a character that XML does not allow',
  'illegal-character': 'XML does not allow this character',
  'cdata-end': 'text contains "]]>"',
  'too-large': 'the document is larger than allowed',
  'canonical-too-large': 'the canonical form is much larger than the document',
  'too-deep': 'elements are nested deeper than allowed',
  'too-many-attributes': 'an element has more attributes than allowed',
  'name-too-long': 'a name is longer than allowed',
  'too-many-names': 'the document has more different names than allowed',
  'namespace-too-long': 'a namespace name is longer than allowed',
} as const

/** Why an XML document cannot be read. */
export type XmlReason = keyof typeof XML_REASONS

/**
 * Why the verifier refuses a report: one entry for each rule of the closed profile, with the sentence that is printed.
 */
export const VERIFICATION_REASONS = {
  'signature-missing': 'the report is not signed',
  'several-signatures': 'the report has more than one Signature',
  'signature-position': 'the Signature is neither the first nor the last element inside the root',
  'stray-signature-element': 'an element of the XML Signature namespace is outside of the Signature',
  comment: 'the report contains a comment, which a signature does not cover',
  'processing-instruction': 'the report contains a processing instruction, which a reader could act on',
  'signature-too-large': 'the Signature is larger than allowed',
  'signature-structure': 'the Signature does not have the required elements in the required order',
  'signature-attribute': 'an element of the Signature has an attribute that is not allowed',
  'signature-text': 'the Signature contains text where none is allowed',
  'canonicalization-method': 'the canonicalization method of SignedInfo is not accepted',
  'signature-method': 'the signature algorithm is not accepted',
  'reference-count': 'the Signature does not have exactly one Reference',
  'reference-uri': 'the Reference does not cover the whole document',
  'duplicate-id': 'another element has the same Id as the root',
  transforms: 'the transforms are not the enveloped-signature transform followed by an accepted canonicalization',
  'prefix-list': 'the PrefixList of the exclusive canonicalization is not accepted',
  'digest-method': 'the digest algorithm is not accepted',
  base64: 'a value is not strict base64',
  'digest-length': 'the length of the digest does not match its algorithm',
  'signature-length': 'the length of the signature does not match the key',
  'key-info': 'KeyInfo contains something that is not accepted',
  'key-info-mismatch': 'KeyInfo contains keys that contradict each other',
  'x509-mismatch': 'X509Data describes another certificate than the one it contains',
  'key-info-missing': 'the report contains no key to verify it with',
  'key-type': 'the signature algorithm does not fit the type of the key',
  'weak-key': 'the size, the public exponent or the type of a key is not accepted',
  'untrusted-key': 'the report is signed by a key that is not trusted',
  'certificate-expired': 'the certificate has expired',
  'certificate-not-yet-valid': 'the certificate is not valid yet',
  'certificate-chain': 'the certificate does not chain to a trusted authority',
  'certificate-usage': 'a certificate does not allow this use',
  'digest-mismatch': 'the report was changed after it was signed',
  'signature-mismatch': 'the signature does not match: it was changed, or made with another key',
} as const

/** Why the verifier refuses a report: a name in `VERIFICATION_REASONS`. */
export type VerificationReason = keyof typeof VERIFICATION_REASONS

/** Errors of the operating system for files of the store. The code is one of `STORAGE_*`, or `OPERATION_FAILED`. */
export const SYSTEM_REASONS = {
  eacces: 'permission denied',
  eperm: 'operation not permitted',
  erofs: 'the file system is read-only',
  enospc: 'no space is left',
  edquot: 'the disk quota is used up',
  enotdir: 'a part of the path is a file, not a folder',
  // mkdir reports this when a file has the name of the folder.
  eexist: 'a part of the path is a file, not a folder',
  enoent: 'it does not exist',
  eio: 'the disk reports an input/output error',
  emfile: 'too many files are open',
  enfile: 'too many files are open on this machine',
  ebusy: 'another program is using it',
  efbig: 'the file is larger than the file system allows',
  eisdir: 'it is a folder, not a file',
  enametoolong: 'the path is longer than the file system allows',
  estale: 'the network file system no longer has it',
  exdev: 'the folders of the store are on different file systems',
} as const

/** An error of the operating system for a file of the store: an errno name in lower case. */
export type SystemReason = keyof typeof SYSTEM_REASONS

/** All other reasons, by code. The printed message is more specific: it names the thing and the cure. */
export const REASONS = {
  FILE_NOT_FOUND: {
    'empty-folder': 'the folder contains no .xml file',
    'not-a-file': 'the path names a folder, a device, a socket or a named pipe',
    'missing-file': 'a setting names a file that does not exist',
    command: 'there is no program with that name (`jux run`)',
  },
  FILE_PERMISSION_DENIED: {
    'unreadable-file': 'a setting names a file that cannot be read',
  },
  KEY_NOT_FOUND: {
    'missing-file': 'a setting names a key that does not exist',
    'tls-file': 'the key of the client certificate cannot be read',
  },
  KEY_INVALID_FORMAT: {
    'not-pem': 'the file is not a private key in PEM format',
    'not-private': 'the file contains a public key or a certificate instead of a private key',
    'openssh-key': "the key is in OpenSSH's own format",
    'passphrase-missing': 'the key is encrypted, and no passphrase is configured',
    'passphrase-wrong': 'the passphrase does not decrypt the key',
    'unsupported-key': 'the type, the size or the public exponent of the key is not accepted',
    'inconsistent-key': 'the public and the private part of the key do not match',
    'no-public-key': 'the file contains no public key',
    'unreadable-key': 'a public key in the file is damaged',
    'too-long': 'the file is too long to be a key',
    'not-a-file': 'the path names a folder, a device, a socket or a named pipe',
    'tls-file': 'the file contains no PEM key for TLS',
  },
  KEY_PERMISSION_DENIED: {
    'readable-by-others': 'other users of this machine can read or write the key',
    'unreadable-file': 'the key cannot be read',
  },
  CERT_NOT_FOUND: {
    'missing-file': 'a setting names a certificate that does not exist',
    'tls-file': 'a certificate for TLS cannot be read',
  },
  CERT_INVALID_FORMAT: {
    'no-certificate': 'the file contains no certificate',
    'unreadable-certificate': 'a certificate in the file is damaged',
    'certificate-key-mismatch': 'the certificate belongs to another key',
    'not-an-authority': 'the certificate does not belong to a certificate authority (basicConstraints)',
    'too-long': 'the file is too long to be a certificate',
    'not-a-file': 'the path names a folder, a device, a socket or a named pipe',
    'tls-file': 'the files for TLS contain no certificate, or cannot be used',
  },
  CERT_EXPIRED: {
    expired: 'the signing certificate has expired',
    'not-yet-valid': 'the signing certificate is not valid yet',
  },
  XML_PARSE_ERROR: {
    encoding: 'the report is not encoded in the encoding it declares',
  },
  XML_INVALID_STRUCTURE: {
    'not-junit': 'the root element is neither testsuites nor testsuite',
    'too-many': 'the report has more test cases, suites or properties than the reader accepts',
    'content-differs': 'a stored report was changed or damaged',
  },
  XML_SIGNATURE_MISSING: {
    'protocol-reports': 'the protocol `reports` sends signed reports only',
  },
  CONFIG_NOT_FOUND: {
    'unreadable-file': 'the configuration file does not exist',
  },
  CONFIG_INVALID_SYNTAX: {
    line: 'a line of a configuration file is not of the form `key = value`',
    section: 'a line is outside of the section `[jux]`',
  },
  CONFIG_INVALID_VALUE: {
    'bad-value': 'a setting has an invalid value',
    'unknown-key': 'there is no setting with that name',
    'reserved-name': 'a custom property has the name of a fact that only this program states',
    contradiction: 'two settings, or two names of one setting, contradict each other',
    'name-template': 'a template or function for names failed; default names were used',
    'api-url': 'the URL of the server is invalid',
    proxy: 'a proxy variable is not an http:// or https:// URL',
    'credential-characters': 'the credentials contain characters that are not allowed in a header',
    'insecure-http': 'credentials would be sent over plain http to another machine',
    'foreign-server': 'a file of the repository decides where the credentials of the user would go',
  },
  POLICY_INVALID: {
    syntax: 'the policy is not JSON (comments are allowed), or has a member twice',
    'unknown-key': 'there is no such key in a policy',
    'bad-value': 'a key of the policy has a value that is not accepted',
  },
  CONFIG_MISSING_REQUIRED: {
    missing: 'a setting needs another one that is not set',
    'api-url': 'no server is configured',
    'no-keys': 'other machines can reach the server, and it has no API key',
    'tls-file': 'a client certificate is set without its key, or a key without its certificate',
  },
  API_CONNECTION_ERROR: {
    proxy: 'the proxy refuses the connection, or cannot be reached',
    'connection-refused': 'no server listens at the address',
    'name-not-found': 'the host name cannot be resolved',
    unreachable: 'the network is unreachable',
    tls: 'the certificate of the server is not trusted, or the TLS handshake failed',
    'connection-lost': 'the connection was closed before the response',
  },
  API_TIMEOUT: {
    'connect-timeout': 'the connection could not be opened in time',
    timeout: 'no response within `apiTimeout`',
    deadline: 'no response before the deadline',
  },
  API_INVALID_RESPONSE: {
    'not-http': 'the response is not HTTP',
    'no-json': 'the response is not JSON; it may come from a proxy',
    'unknown-shape': 'the response does not confirm that the report was accepted',
    redirect: 'the server responds with a redirect that is not followed',
  },
  ATTESTATION_INVALID: {
    'not-json': 'the file is not JSON, or a member appears twice in it',
    envelope: 'the JSON is not a DSSE envelope',
    bundle: 'the JSON is not a Sigstore bundle with the name of a key, or has other verification material',
    'payload-type': 'the envelope has another type of payload',
    payload: 'the payload of the envelope is not what its type says',
    'predicate-type': 'the statement has a predicate of another type',
    'subject-mismatch': 'the attestation is about another file',
    'content-mismatch': 'the attestation states other results than the report has',
  },
  ATTESTATION_SIGNATURE_INVALID: {
    'signature-mismatch': 'the signature does not match: the attestation was changed, or signed with another key',
  },
  TIMESTAMP_INVALID: {
    missing: 'the attestation has no time stamp',
    malformed: 'the time stamp is not a response of RFC 3161 in the accepted form',
    status: 'the authority did not grant the time stamp',
    imprint: 'the time stamp is over another signature',
    nonce: 'the time stamp answers another request',
    content: 'the signed attributes do not fit the content of the time stamp',
    certificate: 'the certificate of the signer is missing, or is not the one that the time stamp names',
    usage: "the signer's certificate is not for time stamping alone",
    signature: 'the signature of the time stamp does not match',
    future: 'the time of the time stamp is in the future',
    chain: 'the signer of the time stamp does not chain to a trusted authority, or was not valid at that time',
  },
  MERGE_REFUSED: {
    'too-few-parts': 'there are fewer than two reports to merge',
    'merged-part': 'a part is itself a merged report',
    'same-content': 'two parts have the same content',
    'same-run': 'two parts are reports of the same run of the test runner',
    'ambiguous-fact': 'a part states several values of a fact that must have one',
    'another-project': 'the parts are of different projects or test runners, or one states no project',
    'another-commit': 'the parts are of different commits, or one states no commit',
    'another-run': 'the parts are of different runs of the CI',
    'run-unknown': 'a part does not state the run that it is of',
    'shard-missing': 'a shard is missing',
    'shard-doubled': 'a shard is there more than once',
    'shard-count': 'the parts are shards of different numbers of shards',
    'shard-unclear': 'some parts are shards and others are not, or the shard cannot be read',
    'label-missing': 'a part does not state the property of `--label`',
    'not-told-apart': 'the parts are no shards, and nothing that they state tells them apart',
    namespaces: 'the root of a part declares namespaces, which a merged report cannot keep',
  },
  INVALID_ARGUMENT: {
    hash: 'the text is not a content hash',
    'ambiguous-hash': 'several reports begin with this hash',
    'reserved-name': 'a property has the name of a fact that only this program states',
    'distinguished-name': 'the text is not a distinguished name (RFC 4514)',
    account: 'the account cannot be used (`jux run --user`)',
    'tsa-url': 'the address of a time-stamping authority is no http or https URL (`jux attest`)',
    descriptor: 'the key cannot be read from the file descriptor (`jux run --key-fd`)',
  },
  OPERATION_FAILED: {
    'not-as-expected': 'the report does not have the value that `--expect` requires',
    'already-signed': 'the report is already signed; `--replace` replaces the signature',
    'process-ended': 'the process ended before the report could be submitted',
    destination: 'the file that says which server a queued report is meant for is damaged',
    'not-tried': 'the server does not run, or failed several times in a row, so this report was not sent',
    command: 'the program cannot be started (`jux run`)',
  },
} as const

/** The reasons of a code. */
export type ReasonOf<Code extends keyof typeof REASONS> = { [Each in Code]: keyof (typeof REASONS)[Each] }[Code]

/** Every value of `JuxError.reason`. `http-503` and similar values are the status of the server's response. */
export type Reason = XmlReason | VerificationReason | SystemReason | ReasonOf<keyof typeof REASONS> | `http-${number}`
