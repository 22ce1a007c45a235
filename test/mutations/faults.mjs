/**
 * Faults that the tests must notice. `run.mjs` plants them one at a time.
 *
 * Each is what a slip in an edit could leave behind: the name says what the program then does wrong.
 */

/**
 * @typedef {object} Fault
 * @property {string} name
 * @property {string} find text that occurs once in `src/` and `server/src/`
 * @property {string} replace what stands there instead
 * @property {readonly string[]} tests files and folders of the tests that must notice it
 */

/** @type {readonly Fault[]} */
export const FAULTS = [
  {
    name: 'scanner: text may contain "]]>"',
    find: 'bytes[at - 1] === BRACKET && bytes[at - 2] === BRACKET)',
    replace: 'bytes[at - 1] === BRACKET && bytes[at - 2] === SLASH)',
    tests: ['test/xml/'],
  },
  {
    name: 'scanner: another encoding in the XML declaration is accepted',
    find: 'if (match[3] !== undefined && !/^utf-?8$/i.test(match[3]))',
    replace: 'if (match[3] !== undefined && !/./.test(match[3]))',
    tests: ['test/xml/', 'test/sign/attacks/attacks.test.ts'],
  },
  {
    name: 'scanner: elements may be nested to any depth',
    find: 'if (this.open.length >= this.limits.maxDepth) throw',
    replace: 'if (this.open.length < 0) throw',
    tests: ['test/xml/', 'test/sign/attacks/bombs.test.ts'],
  },
  {
    name: 'escape: a line feed in an attribute value is written as it is',
    find: "'\\n': '&#xA;',",
    replace: "'\\n': '\\n',",
    tests: ['test/xml/', 'test/render/'],
  },
  {
    name: 'canonicalizer: a namespace declaration that repeats an outer one is written again',
    find: "prefix !== 'xml' && uri !== (outer ?? '')",
    replace: "prefix !== 'xml'",
    tests: ['test/xml/canonical.test.ts'],
  },
  {
    name: 'canonicalizer: the exclusive form declares a namespace that an ancestor has declared',
    find: "if (prefix === 'xml' || (this.rendered.lookup(prefix) ?? '') === uri) used.delete(prefix)",
    replace: "if (prefix === 'xml') used.delete(prefix)",
    tests: ['test/xml/canonical.test.ts'],
  },
  {
    name: 'canonicalizer: names are sorted by UTF-16 code units',
    find: 'return unit < 0xe000 ? unit + 0x2000 : unit - 0x800',
    replace: 'return unit',
    tests: ['test/xml/canonical.test.ts'],
  },
  {
    name: 'verify: a digest that differs is accepted',
    find: "if (!Buffer.from(digest).equals(read.digestValue)) throw verificationError('digest-mismatch')",
    replace: '',
    tests: ['test/sign/'],
  },
  {
    name: 'verify: a signature value that does not fit is accepted',
    find: 'fitting.find((candidate) => signedInfos.some((octets) => matches(candidate, read, octets)))',
    replace: 'fitting[0]',
    tests: ['test/sign/'],
  },
  {
    name: 'verify: an embedded key counts as trusted',
    find: "trusted: signer.basis !== 'embedded'",
    replace: 'trusted: true',
    tests: ['test/sign/', 'test/cli/verify.test.ts'],
  },
  {
    name: 'verify: keys in KeyInfo may contradict each other',
    find: "if (named.size > 1 || apart) throw verificationError('key-info-mismatch')",
    replace: '',
    tests: ['test/sign/attacks/'],
  },
  {
    name: 'verify: the Signature may stand in the middle of the root',
    find: '(this.elementsBefore > 0 && this.elementsAfter > 0)',
    replace: 'false',
    tests: ['test/sign/attacks/'],
  },
  {
    name: 'verify: an expired certificate is accepted',
    find: 'problem: validityProblem(certificate, at),',
    replace: 'problem: undefined,',
    tests: ['test/sign/'],
  },
  {
    name: 'verify: the path length of an authority is ignored',
    find: 'if (constraints?.mayIssue !== true || constraints.pathLength < between)',
    replace: 'if (constraints?.mayIssue !== true)',
    tests: ['test/sign/'],
  },
  {
    name: 'sign: a certificate of another key is accepted',
    find: 'if (!own.checkPrivateKey(privateKey))',
    replace: 'if (own === undefined)',
    tests: ['test/sign/keys.test.ts', 'test/cli/sign.test.ts'],
  },
  {
    name: 'keygen: nothing looks for existing files before the first one is written',
    find: 'for (const { path } of files) await requireAbsent(path)',
    replace: '',
    tests: ['test/sign/key-files.test.ts', 'test/sign/keygen.test.ts', 'test/cli/keygen.test.ts'],
  },
  {
    name: 'DER writer: 128 bytes have a short length',
    find: 'content.length < 0x80 ? [tag',
    replace: 'content.length <= 0x80 ? [tag',
    tests: ['test/sign/der.test.ts'],
  },
  {
    name: 'store: a hash may hold any character',
    find: 'if (/^[0-9a-f]{64}$/.test(hash)) return hash',
    replace: 'if (/^.{2,}$/.test(hash)) return hash',
    tests: ['test/store/', 'test/cli/cache.test.ts'],
  },
  {
    name: 'store: a write that fails half way leaves its temporary file',
    find: '  } catch (error) {\n    removeQuietly(temporary)',
    replace: '  } catch (error) {',
    tests: ['test/store/'],
  },
  {
    name: 'store: other users can read a report',
    find: 'const FILE_MODE = 0o600',
    replace: 'const FILE_MODE = 0o644',
    tests: ['test/store/'],
  },
  {
    name: 'queue: a claim of a living process counts as stale',
    find: "if (state !== 'unknown') return state === 'gone'",
    replace: "if (state !== 'unknown') return true",
    tests: ['test/store/'],
  },
  {
    name: 'queue: a claim of another machine counts as stale',
    find: "where !== place()) return 'unknown'",
    replace: "where !== place()) return 'gone'",
    tests: ['test/store/'],
  },
  {
    name: 'submit: 429 is not retried',
    find: '408, 425, 429, 500, 502, 503, 504',
    replace: '408, 425, 500, 502, 503, 504',
    tests: ['test/submit/'],
  },
  {
    name: 'submit: the delays are 1, 3, 9 s',
    find: 'minTimeout: 1_000, factor: 2,',
    replace: 'minTimeout: 1_000, factor: 3,',
    tests: ['test/submit/'],
  },
  {
    name: 'submit: a redirect to another origin is followed',
    find: 'return target.origin === from.origin ? target : undefined',
    replace: 'return target',
    tests: ['test/submit/'],
  },
  {
    name: 'submit: credentials go over plain http',
    find: "if (url.protocol === 'https:' || isLoopback(url) || allowInsecureHttp) return",
    replace: 'return',
    tests: ['test/submit/'],
  },
  {
    name: 'submit: any 200 counts as success',
    find: "return body.id !== undefined || body.status === 'created' || body.status === 'duplicate'",
    replace: 'return true',
    tests: ['test/submit/'],
  },
  {
    name: 'submit: a message of a server keeps its line feeds',
    find: "const joined = text.replace(/\\s+/g, ' ').trim()",
    replace: 'const joined = text',
    tests: ['test/submit/'],
  },
  {
    name: 'proxy: a request to this machine goes through the proxy',
    find: 'if (value === undefined || isLoopback(url) || isExempt(',
    replace: 'if (value === undefined || isExempt(',
    tests: ['test/submit/connection.test.ts'],
  },
  {
    name: 'proxy: NO_PROXY=example.com exempts notexample.com',
    find: '(isIP(host) === 0 && host.endsWith(',
    replace: '(isIP(host) === 0 && host.endsWith(name) || host.endsWith(',
    tests: ['test/submit/connection.test.ts'],
  },
  {
    name: 'TLS: a server with an unknown authority is accepted',
    find: 'const options: TlsOptions = { rejectUnauthorized: true,',
    replace: 'const options: any = { rejectUnauthorized: false,',
    tests: ['test/submit/connection.test.ts'],
  },
  {
    name: 'TLS: caFile replaces the authorities of Node',
    find: 'ca: [...defaultAuthorities(env), readPem(caFile',
    replace: 'ca: [readPem(caFile',
    tests: ['test/submit/connection.test.ts'],
  },
  {
    name: 'config: options win over the environment',
    find: '    readEnvironment(system),\n    readObject(options, OPTIONS_SOURCE, cwd, system.homeDir),',
    replace: '    readObject(options, OPTIONS_SOURCE, cwd, system.homeDir),\n    readEnvironment(system),',
    tests: ['test/config/'],
  },
  {
    name: 'config: an empty variable is a value',
    find: "if (!name.startsWith('JUX_') || raw === undefined || raw.trim() === '') continue",
    replace: "if (!name.startsWith('JUX_') || raw === undefined) continue",
    tests: ['test/config/'],
  },
  {
    name: 'config: two spellings may contradict each other',
    find: 'else if (!isDeepStrictEqual(first.value, candidate.value)) {',
    replace: 'else if (candidate === first) {',
    tests: ['test/config/'],
  },
  {
    name: 'facts: a dirty tree is called clean',
    find: "status === '' ? 'clean' : 'dirty'",
    replace: "'clean'",
    tests: ['test/enrich/'],
  },
  {
    name: 'facts: the password stays in the address of the repository',
    find: "'') + path.slice(at + 1)",
    replace: "'') + path",
    tests: ['test/enrich/'],
  },
  {
    name: 'facts: a name in HEAD can lead out of the repository',
    find: "if (ref.split('/').includes('..')) return undefined",
    replace: '',
    tests: ['test/enrich/git.test.ts'],
  },
  {
    name: 'facts: the branch of a pull request on GitHub is its merge ref',
    find: "get('GITHUB_HEAD_REF') ?? branchName(at(event",
    replace: 'branchName(at(event',
    tests: ['test/enrich/ci.test.ts'],
  },
  {
    name: 'scrub: the path of a key counts as a secret',
    find: 'method mode name path port prefix',
    replace: 'method mode name port prefix',
    tests: ['test/scrub/'],
  },
  {
    name: 'scrub: a secret in base64 stays',
    find: '...[0, 1, 2].flatMap((offset) => base64At(bytes, offset)),',
    replace: '',
    tests: ['test/scrub/'],
  },
  {
    name: 'scrub: escapes in escapes are not resolved',
    find: 'const MAX_LEVELS = 3',
    replace: 'const MAX_LEVELS = 1',
    tests: ['test/scrub/'],
  },
  {
    name: 'scrub: passwords on hosts for examples are secrets',
    find: "if (host === 'reserved') return looksRandom(password, STRONG_CHARACTERS)",
    replace: '',
    tests: ['test/scrub/'],
  },
  {
    name: 'scrub: two names with different secrets become equal',
    find: 'while (taken.has(result)) {',
    replace: 'while (false) {',
    tests: ['test/scrub/'],
  },
  {
    name: 'scrub: what is cut is not counted',
    find: 'if (kept !== full) cuts[kind]++',
    replace: '',
    tests: ['test/scrub/'],
  },
  {
    name: 'limits: a cut may split a surrogate pair at the start of the kept end',
    find: 'text.slice(first >= 0xdc00 && first <= 0xdfff ? start + 1 : start)',
    replace: 'text.slice(start)',
    tests: ['test/scrub/limits.test.ts'],
  },
  {
    name: 'limits: the bytes of escapes are not counted',
    find: 'return unit === 0x26 || unit === 0x3c || unit === 0x3e || unit === 0x22 ? 6 : 1',
    replace: 'return 1',
    tests: ['test/scrub/limits.test.ts'],
  },
  {
    name: 'render: equal names are not numbered',
    find: 'taken.set(numbered, 1)\n    return numbered',
    replace: 'return name',
    tests: ['test/render/'],
  },
  {
    name: 'render: dialect jenkins writes properties in test cases',
    find: 'caseProperties: false,\n    caseOutput: true,',
    replace: 'caseProperties: true,\n    caseOutput: true,',
    tests: ['test/render/'],
  },
  {
    name: 'job summary: a line feed in a name stays',
    find: "legalText(text).replace(/\\s+/g, ' ').trim()",
    replace: 'legalText(text).trim()',
    tests: ['test/render/job-summary.test.ts'],
  },
  {
    name: 'gather: an unhandled error does not count',
    find: 'if (errors.length > 0 || modules.some(hasFailure)',
    replace: 'if (modules.some(hasFailure)',
    tests: ['test/gather/'],
  },
  {
    name: 'gather: a run without tests is passed',
    find: "if (!statuses.has('passed')) return 'no-tests'",
    replace: '',
    tests: ['test/gather/'],
  },
  {
    name: 'gather: of two Jest tests with one name, both have the attempts of the first',
    find: ')?.shift(),',
    replace: ')?.[0],',
    tests: ['test/gather/jest.test.ts'],
  },
  {
    name: 'gather: a Jest test that passed on a retry is not flaky',
    find: "flaky: assertion.status === 'passed' && tries > 1,",
    replace: 'flaky: false,',
    tests: ['test/gather/jest.test.ts'],
  },
  {
    name: 'reporter: strict does not change the exit code',
    find: '    this.#strictError = shown\n    process.exitCode = 1',
    replace: '    this.#strictError = shown',
    tests: ['test/reporters/', 'test/e2e/vitest-reporter.test.ts'],
  },
  {
    name: 'reporter: a process that dies while it submits a report stores a second one',
    find: 'this.#composed ??\n        compose(gather',
    replace: 'compose(gather',
    tests: ['test/reporters/session.test.ts'],
  },
  {
    name: 'reporter: other exit listeners run before the report is stored',
    find: "process.prependOnceListener('exit', listener)",
    replace: "process.once('exit', listener)",
    tests: ['test/reporters/session.test.ts'],
  },
  {
    name: 'reporter: the receipt of a queued report does not say that it is queued',
    find: "queued ? 'queued' : 'report'",
    replace: "'report'",
    tests: ['test/pipeline.test.ts', 'test/reporters/'],
  },
  {
    name: 'read: a report that says passed beside failures is passed',
    find: "(stated !== 'passed' || own === 'passed' || own === 'no-tests')",
    replace: 'true',
    tests: ['test/report/', 'test/cli/inspect.test.ts', 'server/test/report.test.ts'],
  },
  {
    name: 'read: a todo test that fails is a failure',
    find: "this.#isTodo && this.#status === 'failed' ? 'skipped' : this.#status",
    replace: 'this.#status',
    tests: ['test/report/'],
  },
  {
    name: 'publish: some failed exits like all failed',
    find: 'return failed === results.length ? EXIT.failed : EXIT.partial',
    replace: 'return EXIT.failed',
    tests: ['test/cli/publish.test.ts'],
  },
  {
    name: 'publish: a damaged report is sent',
    find: '{ ...toSubmission(bytes, readIntact(utf8Of(bytes), hash)), contentHash: hash }',
    replace: '{ ...toSubmission(bytes), contentHash: hash }',
    tests: ['test/cli/publish.test.ts'],
  },
  {
    name: 'server: a forwarded request counts as local',
    find: 'isLoopbackAddress(address) && !isForwarded && namesThisMachine',
    replace: 'isLoopbackAddress(address) && namesThisMachine',
    tests: ['server/test/access.test.ts'],
  },
  {
    name: 'server: a request for another host name counts as local',
    find: "!isForwarded && namesThisMachine(headers.get('host'))",
    replace: '!isForwarded',
    tests: ['server/test/access.test.ts'],
  },
  {
    name: 'server: a client chooses the address in the log',
    find: 'for (const hop of hops.reverse())',
    replace: 'for (const hop of hops)',
    tests: ['server/test/access.test.ts'],
  },
  {
    name: 'server: a page of another site can submit',
    find: 'if (isSameSite && (origin === null',
    replace: 'if (isSameSite || (origin === null',
    tests: ['server/test/access.test.ts', 'server/test/requests.test.ts'],
  },
  {
    name: 'server: a key for one project submits to another',
    find: 'if (principal.project === undefined || principal.project === project) return',
    replace: 'return',
    tests: ['server/test/access.test.ts'],
  },
  {
    name: 'server: a key for one project lists the runs of all',
    find: "if (visible !== undefined) query = query.where('runs.project', '=', visible)",
    replace: '',
    tests: ['server/test/access.test.ts'],
  },
  {
    name: 'server: the cookie of a browser is enough to submit',
    find: "if (method !== 'GET' && method !== 'HEAD') return undefined",
    replace: '',
    tests: ['server/test/access.test.ts', 'server/test/pages/'],
  },
  {
    name: 'server: all keys share one rate limit',
    find: 'principal === undefined ? ANONYMOUS :',
    replace: "principal === undefined ? ANONYMOUS : principal ? 'key' :",
    tests: ['server/test/access.test.ts', 'server/test/contract.test.ts'],
  },
  {
    name: 'server: a rate limit never ends',
    find: "row('rate_windows.resets_at', '<=', nowMs)",
    replace: "row('rate_windows.resets_at', '<=', 0)",
    tests: ['server/test/access.test.ts', 'server/test/contract.test.ts'],
  },
  {
    name: 'server: the files of deleted runs stay',
    find: 'bytes.discard(old.map(({ id, content_hash }) => ({ id, contentHash: content_hash })))',
    replace: '',
    tests: ['server/test/retention.test.ts'],
  },
]
