/**
 * Honest texts that look a little like secrets: titles, messages and output of real test suites hold such texts.
 *
 * @module
 */
const HASH = '3f786850e387550fdab836ed7e6dc881de23001b'
const SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg'

const URLS = `http://userid:password@example.com
http://userid:secret12@example.com
ftp://user:pass@host
http://a:b@c
http://userid@example.com/
http://userid:password@example.com:8080/
http://foo:bar@example.org
https://user:hunter2@localhost:3000
postgres://postgres:postgres@localhost:5432/test
postgres://user:p4ssw0rd@127.0.0.1/db
mysql://root:root@db:3306/app
mongodb://admin:admin123@mongo:27017
redis://:password@redis:6379
https://user:s3cr3t@sub.example.com/x
https://me:Tr0ub4dor@service.test
https://me:Tr0ub4dor@service.invalid
http://me:xyzzy99@203.0.113.7/
http://me:xyzzy99@[::1]:80/
https://\${USER}:\${PASSWORD}@github.com/o/r
https://<user>:<password>@host.acme.io/
https://user:****@host.acme.io/
https://username:changeme@host.acme.io
https://user:wonderland@host.acme.io
http://user:xxx@host.acme.io
https://github.com/o/r@v1
ssh://git@github.com/o/r.git
git@github.com:o/r.git
https://cdn.acme.io/npm/vue@3.4.21/dist/vue.js
http://localhost:5173/@fs/home/dev/x.ts?v=a1b2c3d4
https://acme.io:8443/a@b
webpack://app:12/./src/x@1
http://[2001:db8::1]:8080/a
https://example.com/?token=abc123
https://example.com/reset?token=test-token
https://example.com/callback?code=abc&state=xyz
https://example.com/?access_token=ACCESS_TOKEN&api_key=YOUR_API_KEY
https://example.com/?sig=abc
https://www.acme.io/watch?v=dQw4w9WgXcQ
data:image/png;base64,${PNG}`.split('\n')

const NAMES = `password: password
password=secret
password = 'changeme'
{"password":"foobar"}
{"password":"hunter2"}
{"password":"********"}
{"password":"<password>"}
{"password":"[REDACTED]"}
{"password":null}
{"password":"\${DB_PASSWORD}"}
password: {{ .Values.password }}
password: process.env.DB_PASSWORD
const password = getPassword(user)
const token = await createToken({ id: 1 })
const { token, secret } = options
token: string
let token = tokens[index]
expect(password).toBe("password123")
expect(token).toBe('test-token-1')
expect(user.password).toEqual('Passw0rd!')
SyntaxError: Unexpected token = in JSON at position 12
Unexpected token: punc (})
unexpected token 'export'
Unexpected token < in JSON at position 0
token: "identifier", type: "keyword"
tokenType: "Bearer"
token_type=bearer&expires_in=3600
secret: true
secrets: inherit
"secret": "not-so-secret"
apiKey: "your-api-key-here"
API_KEY=YOUR_API_KEY
API_KEY=xxxxxxxxxxxxxxxx
api_key: "test_api_key"
apiKey: 'dummy-key-1'
x-api-key: required
authorization: required
Authorization: Bearer <token>
Authorization: Bearer token
Authorization header is missing
Basic authentication; Bearer tokens are refused
passwordField: "input-field-2"
password_hash_algorithm: argon2id
passwordMinLength: 12
PASSWORD_MIN_LENGTH=12
password.length must be at least 8
shows an error when the password is wrong
rejects a password without digits
resets the password: sends an email
auth: required
auth: { user: "bob" }
author: Jane Doe 2024
authority: acme.io:443
session: 12 passed, 3 failed
session timeout: 30000
sessionStorage: available
cookie: consent=yes
Set-Cookie: theme=dark; Path=/
Cookie: lang=en; currency=EUR
cookie-parser@1.4.6
csrfToken: mock-csrf-token
token: 1234567890
token: 12
pass: 12
passed: 120, failed: 3
tests passed: 3f7868 in 12s
bypass=true
compass: north-west-12
secretKeyRef: { name: db, key: password }
--password <password>
--token TOKEN
--password=PASSWORD
usage: tool --token <token> --secret <secret>
tool --password-file /run/secrets/db
tool --token-path=/var/run/token1
<password>secret</password>
<Password>password1</Password>
<input type="password" name="password" value="password" />
<input name="token" type="hidden">
mysql -uroot -proot app
mysql -p password
curl -u user:password https://example.com
curl -u "$USER:$PASSWORD" https://acme.io
machine example.com login user password password
_authToken=\${NPM_TOKEN}
Server=localhost;Database=test;User Id=sa;Password=password;
Server=.;Password={0};
AccountKey=<key>;
AccountKey=\${KEY}
client_secret=CLIENT_SECRET
clientSecret: 'client-secret'
the secret of good tests: fast feedback
key: value
key=abc
primaryKey: "user_id_2"
publicKey: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"
cacheKey: ${HASH}
cache-key: linux-node-20-${SHA256}
idempotencyKey: 550e8400-e29b-41d4-a716-446655440000
queryKey: ["users", 1]
nextPageToken: CAUQAA
pagination_token=abc
tokenizer: "gpt2-v1"
maxTokens: 4096
max_tokens=4096
total_tokens: 1536
webhook: disabled
hmac: sha256
signature=valid
integrity: sha512-${'q8Ql3Xz9Zb2C4fY1sN0kV7mJ5hT6gR8wP+aE/uD1iO2xL3cB4vM5nK6jH7gF8dS9aQ0wE1rT2yU3iO4pA5sD6=='}
"integrity": "sha512-${'AbCdEf0123456789+/AbCdEf0123456789+/AbCdEf0123456789+/AbCdEf0123456789+/AbCdEf01234567=='}"
checksum=${SHA256}`.split('\n')

const OTHERS = `commit ${HASH}
sha256:${SHA256}
sha256 ${SHA256}
ETag: "33a64df551425fcc55e4d42a148795d9f25f89d4"
request 550e8400-e29b-41d4-a716-446655440000 took 12 ms
${PNG}
Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.
    at Object.<anonymous> (/home/dev/project/test/auth/token.test.ts:12:34)
    at async Promise.all (index 0)
    at file:///srv/app/node_modules/.pnpm/@scope+pkg@1.2.3/node_modules/pkg/index.js:12:34
/usr/lib/node_modules/npm/bin/npm-cli.js
C:\\Users\\dev\\project\\test\\password.test.ts
./fixtures/secrets/token.json
src/auth/password-reset.ts
-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----
-----BEGIN PUBLIC KEY-----\\nMFkwEwYH\\n-----END PUBLIC KEY-----
npm_config_user_agent npm_lifecycle_event npm_package_json
sk-fading-circle sk-cube-grid
hf_model hf_hub_download
SKU-12345 SKIP
key-value-store key-0001
pat-a-cake pattern.test.ts
re_render re_export_all_the_things
cio-client.ts cios
dapi.test.ts
AKIA is the prefix of a key
AIzawa
eyJust a word
eyJhbGciOiJIUzI1NiJ9
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGz0 dev@host
expected 'abc' to be 'abd' // Object.is equality
expected { a: 1, token: 'a' } to deeply equal { a: 1, token: 'b' }
mailto:somebody@example.com
v1.2.3-beta.4+build.20240102
2024-01-02T03:04:05.678Z
192.168.0.1:8080
data-testid="password-input-1"
#a1b2c3d4 rgba(12, 34, 56, 0.7)
Bearer of bad news 12345
Basic arithmetic works for 1234567890
machine learning: 12 layers
docker login succeeded
curl: (7) Failed to connect to localhost port 80
mysql: [Warning] Using a password on the command line interface can be insecure.
100% of 20%20 done &amp; "quoted"
\\u0041\\x42 &lt;b&gt; %41%42
user_123456789 org_abcdefghij
arn:aws:iam::123456789012:role/deploy
projects/acme/secrets/db/versions/1
rgb(1,2,3).abcdef.ghijkl`.split('\n')

/** All of them. */
export function honestTexts(): readonly string[] {
  return [...URLS, ...NAMES, ...OTHERS]
}
