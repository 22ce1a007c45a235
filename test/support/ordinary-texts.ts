/**
 * Ordinary output of foreign projects without any secret in it: diffs, stack traces, logs of package managers, texts
 * about passwords and tokens.
 *
 * @module
 */

const LINES = String.raw`AssertionError: expected 'token' to be 'tokens' // Object.is equality
Expected: "password"
Received: "passwrd"
-   "password": "password",
+   "password": "hunter2",
    "token": "token",
    "token": Any<String>,
  "accessToken": "access-token",
  "refresh_token": "refresh_token",
  "api_key": "test",
  "apiKey": "YOUR_API_KEY",
  "clientSecret": "<client-secret>",
  "secret": "keyboard cat",
password: "password"
password: '********'
password: ""
password: null
password: undefined,
password: string;
password?: string | undefined
passwordHash: expect.any(String)
token: expect.stringMatching(/^[a-f0-9]+$/)
api_key: ${'$'}{API_KEY}
API_KEY=${'$'}API_KEY
API_KEY=%API_KEY%
API_KEY={{ secrets.API_KEY }}
token: ${'$'}{{ secrets.GITHUB_TOKEN }}
password: process.env.DB_PASSWORD
password = os.environ["DB_PASSWORD"]
password=changeme
DB_PASSWORD=postgres
POSTGRES_PASSWORD=example
password: example
secret: my-secret
TOKEN=xxxxxxxxxxxxxxxxxxxx
api_key=0000000000000000
apiKey: 1234567890
api_key: "123"
token=abc
token=abc123
key=value
"key": "createdAt"
key: "user.settings.title"
{ key: 'ArrowDown', code: 'ArrowDown' }
sort_key=created_at
primary_key: id
foreign_key: 'user_id',
public_key: ssh-rsa
keyboard: qwerty
authorName=Jane Doe
author: "Jane Doe <jane@example.com>"
authority: https://login.example.com/common
Authorization: Bearer <token>
Authorization: Bearer ${'$'}{token}
Authorization: Bearer token
Authorization: Basic
Authorization header is missing
WWW-Authenticate: Bearer realm="api", error="invalid_token"
WWW-Authenticate: Basic realm="Restricted"
Access-Control-Allow-Headers: Authorization, Content-Type, X-Api-Key
Set-Cookie: theme=dark; Path=/
Cookie: lang=en-US
Cookie: consent=accepted; theme=light
set-cookie: a=1; HttpOnly; Secure; SameSite=Strict
HTTP/1.1 401 Unauthorized
GET /v1/tokens?limit=20&offset=40 200 12ms
POST /oauth/token HTTP/1.1
GET /password/reset 302
GET /callback?code=200&state=ok
https://example.com/?code=404
https://example.com/?token=abc
https://example.com/?page_token=next
http://user:pass@example.com/
https://username:password@proxy.example.com:8080
http://foo:bar@baz.com/
ftp://anonymous:guest@ftp.example.org
postgres://user:password@localhost:5432/mydb
postgresql://postgres:postgres@db:5432/postgres
mysql://root:@127.0.0.1/test
redis://localhost:6379/0
mongodb://localhost:27017/test
amqp://guest:guest@localhost:5672
git@github.com:acme/app.git
git clone https://github.com/acme/app.git
ssh://git@github.com:22/acme/app.git
npm notice integrity: sha512-7Jrv1Oz5W3JXnVd8ZzQnlJ2mMZ5Xo8cW6qKkq3v4s5r2YJ8oE9dZp1K6yTqvWq3u1w9nJ7eH5bC4fA2gD0iKQ==
  integrity sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ+LFTGHVxVjcXPs17LhbZVGedAJv8XZ1tvj5FvSg==
  resolved "https://registry.yarnpkg.com/lodash/-/lodash-4.17.21.tgz#679591c564c3bffaae8454cf0b3df370c3d6911c"
resolution: {integrity: sha512-WKBe+iIrAN9Z0Q==}
sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
  --hash=sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
Successfully built 6b4a1ad5d6b2
Digest: sha256:4bf3b1f1b1cd2a4f1b5f6f8a3a1b2c3d4e5f60718293a4b5c6d7e8f9a0b1c2d3
latest: Pulling from library/node
a3ed95caeb02: Pull complete
commit 9fceb02d0ae598e95dc970b74767f19372d61af8
index 3b18e51..a5c1966 100644
   4f2a1c9..8d3e7b0  main -> main
[main 8d3e7b0] Add token refresh
Merge branch 'feature/password-reset' into main
diff --git a/src/auth/token.ts b/src/auth/token.ts
@@ -12,7 +12,7 @@ export function createToken(secret: string) {
+  const token = await getToken(user)
-  const secret = createSecret()
export const password = z.string().min(8)
const { token, secret } = await login(user, password)
if (!token) throw new Error('token is required')
login(username, password)
login("bob", "password")
authenticate('admin', 'admin')
setPassword(newPassword)
await page.fill('#password', 'secret')
await user.type(screen.getByLabelText(/password/i), 'password123')
cy.get('input[name=password]').type('secret123')
fireEvent.change(input, { target: { value: 'mypassword' } })
<input type="password" name="password" placeholder="Enter your password" />
<input type="hidden" name="csrf_token" value="">
<label for="token">API token</label>
<password>password</password>
<SecretInput value="" onChange={onChange} />
Password must be at least 8 characters
Password: must contain a number
password is too short (minimum is 8 characters)
Passwords do not match
Forgot your password? Reset it here.
The token has expired, please sign in again.
Token: unexpected end of input
SyntaxError: Unexpected token < in JSON at position 0
SyntaxError: Unexpected token '}', "{"a":}" is not valid JSON
Error: Invalid or unexpected token
token type: identifier
tokens: [ 'identifier', 'number', 'string' ]
token=Token(type='NAME', value='x')
{ type: 'StringToken', value: 'hello world' }
secret: Symbol(secret)
auth: false
auth: { type: 'oauth2' }
authType=password
auth_method: client_secret_basic
grant_type=authorization_code
token_endpoint_auth_method: "client_secret_post"
"tokenType": "Bearer"
"token_type": "bearer", "expires_in": 3600
passwordField: 'password'
secretName: my-app-secrets
secretKeyRef: { name: db-credentials, key: password }
existingSecret: app-postgresql
keyFile: /etc/ssl/private/server.key
private_key_path = "/home/dev/.ssh/id_ed25519"
ssh -i ~/.ssh/id_rsa user@host
passwordPolicy: strong
pass: 12
pass 14 fail 0
passed: true
PASS src/auth/password.test.ts (5.123 s)
FAIL src/token/refresh.spec.ts > refreshToken > returns a new token
Tests: 3 failed, 97 passed, 100 total
bypass=true
compass: north
passthrough: enabled
passenger: "Smith"
✓ rejects a password without digits (3 ms)
✓ hashes the password with bcrypt (120 ms)
✓ secret is not logged
● Auth › login › should return 401 for wrong password
    at Object.getToken (/app/src/auth/token.ts:42:17)
    at async login (file:///app/dist/auth/login.js:10:5)
    at Module._compile (node:internal/modules/cjs/loader:1105:14)
java.lang.IllegalArgumentException: password must not be null
    at com.acme.auth.TokenService.refresh(TokenService.java:88)
Caused by: org.postgresql.util.PSQLException: FATAL: password authentication failed for user "app"
psql: error: FATAL:  password authentication failed for user "postgres"
ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES)
File "/usr/lib/python3.11/site-packages/auth/token.py", line 10, in get_token
KeyError: 'SECRET_KEY'
npm ERR! code E401
npm ERR! Unable to authenticate, need: Basic realm="Artifactory Realm"
npm WARN deprecated request-promise@4.2.6: request-promise has been deprecated
yarn install v1.22.19
added 1423 packages, and audited 1424 packages in 32s
Collecting cryptography==41.0.3
  Downloading cryptography-41.0.3-cp37-abi3-manylinux_2_28_x86_64.whl (4.3 MB)
SELECT id, password_hash FROM users WHERE token = ?
INSERT INTO users (name, password) VALUES ($1, $2)
CREATE TABLE users (id serial primary key, password varchar(255) not null)
ALTER TABLE tokens ADD COLUMN secret text;
CREATE USER app WITH PASSWORD 'password';
UPDATE sessions SET token = NULL WHERE expired
mutation { login(email: "a@b.c", password: "password") { token } }
query { viewer { apiKey { id name } } }
type Token { accessToken: String! refreshToken: String }
input LoginInput { password: String! }
.password-input { color: #ff0000; }
.token.punctuation { opacity: .7 }
--color-secret: #aabbcc;
background: url(data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7)
<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==">
//${''}# source${''}MappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbImEuanMiXX0=
6ba7b810-9dad-11d1-80b4-00c04fd430c8
id: 3f2504e0-4f89-11d3-9a0c-0305e82c3301
requestId=c9bf9e57-1685-4c89-bafb-ff5af830be8a
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
etag: "33a64df551425fcc55e4d42a148795d9f25f89d4"
x-request-id: 7b2e9f0c5d1a4e8b
X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678
cache-key: node-modules-9f86d081884c7d659a2feaa0c55ad015
Cache restored from key: Linux-node-5d41402abc4b2a76b9719d911017c592
nonce: 42
csrf-token: invalid
eyJ is how a JWT begins
jwt malformed
JsonWebTokenError: invalid signature
header.payload.signature
The JWT has three parts: xxxxx.yyyyy.zzzzz
sk_test_... is a test key
ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
npm_config_registry=https://npm.acme.io/
npm_lifecycle_event=test
npm_package_version=1.2.3
npm config set //npm.acme.io/:_authToken ${'$'}NPM_TOKEN
curl -u user:password https://api.example.com
curl -u "$USER:$PASS" https://api.example.com
curl -H "Authorization: Bearer $TOKEN" https://api.example.com
docker login -u user -p password
mysql -u root -p
mysql -uroot -ppassword test
tar -xzpf archive.tar.gz
ssh -p 2222 user@host
mkdir -p build/output
login.title=Please enter your password
label.password=Passwort
"password": "Passwort",
"password": "Mot de passe",
"password": "パスワード",
"forgotPassword": "Forgot password?",
"passwordPlaceholder": "At least 8 characters",
"auth.token.expired": "Your token has expired",
"secretQuestion": "What is your secret question?",
"signInWithPassword": "signInWithPassword",
PASSWORD_RESET_TOKEN_EXPIRED
ERR_INVALID_TOKEN
AUTH_TOKEN_EXPIRED: 4011
token_count=1532
max_tokens: 4096
prompt_tokens=12 completion_tokens=345 total_tokens=357
tokenizer=cl100k_base
secret_count: 3
num_keys=10000000
api_key_id=42
keyspace=0-99999
password_changed_at=2026-01-02T03:04:05Z
token_expires_at: 1767322800
tokenExpiry: 1767322800000
passwordLastChanged: "2026-01-02"
access_key_age_days=90
auth_time=1767322800
SECRET_PATH=/run/secrets/db
TOKEN_FILE=/var/run/secrets/token
api-key: [REDACTED]
password=***
password=[FILTERED]
"password":"[redacted]"
token: (hidden)
credentials: include
credentials: 'same-origin'
withCredentials: true
machine learning login page password field
machine: x86_64
default login password
host:port:database:username:password
localhost:5432:test:test:test
12:30:45:123:456
src/index.ts:10:5:error:unexpected token
file.go:12:3:vet:composite
a:b:c:d:e
root:x:0:0:root:/root:/bin/bash
user@tcp(localhost:3306)/db
net use Z: \\server\share
response="ok"
code=ENOENT errno=-2
?code=SUCCESS
error code: invalid_grant
exit code: 137
django-insecure is a prefix of generated keys
snyk test --all-projects
const response = "7 rows"
requirepass is not set
IDENTIFIED BY 'password'
The API key provided: none.
API key: required
api_key: required
API_KEY must be set
bearer: missing
secret: too short
apiKey: string
client_secret: optional
secretAccessKey: undefined
privateKey: KeyObject
private_key: PrivateKeyObject {}
publicKey: MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
publicKey: 'pk_test_TYooMQauvdEDq54NiTphI7jx'
signature: valid
fingerprint: SHA256:uNiVztksCsDhcc0u9e8BjrJXVGDQwF9N3P3tq1mXcUg
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl dev@host
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
Expected -----BEGIN PRIVATE KEY----- but found end of input
"kty": "EC", "crv": "P-256"
otpauth://totp/Example:alice@example.com
code: 'ERR_MODULE_NOT_FOUND'
url: "https://api.example.com/v1/users?sort=key&order=asc"
GET https://cdn.example.com/app.3f786850e387550f.js
webpack 5.88.2 compiled successfully in 3210 ms
assets/index-BXl9Zq2k.js   143.41 kB │ gzip: 46.11 kB
chunk {main} main.4d2f8a1c9b3e5f70.js (main) 1.2 MB
<div class="css-1q2w3e4r5t password-field">
<div data-testid="token-list" id=":r1:">
class="token__value--secret"
aria-label="Show password"
data-key="6f1ed002ab5595859014ebf0951522d9"
key={item.id}
  key="3"
props.token === undefined
typeof secret === 'string'
secret !== undefined && secret.length > 0
assert password == "secret"
expect(res.body.token).toBeDefined()
expect(user.password).not.toBe('password')
hash: $2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy
md5=5d41402abc4b2a76b9719d911017c592
Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==
boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW
If-None-Match: W/"0815"
0x71C7656EC7ab88b098defB751B7401B5f6d8976F
bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4
M0 0L24 24 M12 4.5c-5 0-9.27 3.11-11 7.5
Lorem ipsum dolor sit amet, token consectetur
The secret to good tests: small steps.
The key: keep it simple
Key: value pairs are split at the first colon
A password is a secret: never share it.
Secret Santa: participants
password for user: prompt
Enter passphrase (empty for no passphrase):
Enter PEM pass phrase:
[sudo] password for dev:
bob's password:
token bucket: 10 requests per second
tokenization: done
secretary: Miss Moneypenny
Authentication: required
authenticated: true
auth_provider: google-oauth2
auth: Bearer
session: active
session_id: none
sid=1
sig=int
const sig = sign(data)
sv=1&sp=r
WITH PASSWORD EXPIRE
user=app password= dbname=test
Server=localhost;Database=test;Trusted_Connection=True;
Server=.;Database=test;User Id=sa;Password=password;
jdbc:postgresql://localhost:5432/test?user=test&password=test
jdbc:h2:mem:test;DB_CLOSE_DELAY=-1
amqp://user:${'$'}{PASSWORD}@mq
https://${'$'}{user}:${'$'}{pass}@host/path
https://<user>:<password>@host/path
https://user:***@git.acme.io/x.git
https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX
https://discord.com/api/webhooks/<id>/<token>
time: 12:00:00 key: Enter
shortcut key: Ctrl+Shift+P
apiVersion: v1
apiKeyHeader: X-Api-Key
api_key_header=X-API-Key
in: header, name: X-Api-Key
Missing required env var SECRET_KEY
process.env.SECRET_TOKEN is not defined
[vite] hmr update /src/auth/Token.vue
[nodemon] restarting due to changes...
2026-01-02 03:04:05.678 INFO TokenService - issued token for user 42
level=info msg="rotating keys" key_id=2026-01
{"level":30,"time":1767322800000,"pid":1234,"hostname":"ci-1","msg":"token refreshed"}
{"user":{"id":1,"email":"a@example.com","password":"secret"}}
{"token":"fake-token","user":"bob"}
{"access_token":"mock-access-token","expires_in":3600}
{"secret":"test-secret-value"}
{"password":"Password123!"}
{"apiKey":"dummy-api-key"}
{"key":"foo","value":"bar"}
{"keys":["a","b"],"values":[1,2]}
{"code":"invalid_token","message":"The access token expired"}
{"id":"tok_visa","object":"token"}
customer cus_NffrFeUfNV2Hib created
pi_3MtwBwLkdIwHu7ix28a3tqPa succeeded
evt_1NG8Du2eZvKYlo2CUI79vXWy
price_1MoBy5LkdIwHu7ixZhnattbh
arn:aws:iam::123456789012:role/deploy
arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-Ab12Cd
projects/acme/secrets/db-password/versions/3
vpc-0a1b2c3d4e5f67890
i-0abcd1234ef567890
subnet: subnet-9d4a7b6c
dGVzdA==
SGVsbG8sIFdvcmxkIQ==`

const BLOCKS = [
  'Snapshot name: `login form renders 1`\n\n- Snapshot  - 1\n+ Received  + 1\n\n  <input\n-   name="password"\n+   name="passwd"\n    type="password"\n  />',
  'exports[`config 1`] = `\nObject {\n  "password": "password",\n  "secret": "secret",\n  "token": "abc",\n}\n`;',
  'Object {\n-   "apiKey": "key-1",\n+   "apiKey": "key-2",\n    "auth": Object {\n      "token": [Function],\n    },\n  }',
  'password:\n  - at least 8 characters\n  - one digit',
  'token:\n  description: The token to use\n  required: true',
  'Usage: cli [options]\n  -p, --password <password>  the password to use\n  -t, --token <token>        an API token\n  --api-key KEY              your key',
  'secrets:\n  db_password:\n    file: ./db_password.txt\n  api_key:\n    external: true',
  'env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef:\n        name: db\n        key: password',
  'HTTP/1.1 200 OK\nContent-Type: application/json\nETag: W/"1f-2bf3c5a1"\nDate: Fri, 02 Jan 2026 03:04:05 GMT\n\n{"ok":true}',
  'host: api.example.com\nuser-agent: curl/8.4.0\naccept: */*\nconnection: keep-alive',
  '"node_modules/lodash": {\n  "version": "4.17.21",\n  "resolved": "https://npm.acme.io/lodash/-/lodash-4.17.21.tgz",\n  "integrity": "sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ+LFTGHVxVjcXPs17LhbZVGedAJv8XZ1tvj5FvSg=="\n}',
  'name,password,token\nalice,secret,1\nbob,password,2',
  '| name     | password | token |\n|----------|----------|-------|\n| alice    | secret   | none  |',
  'Password:\nInvalid password, try again\nPassword:\nWelcome!',
  'The following tokens are supported:\n  - {{token}}: the token\n  - {{password}}: the password',
  "Error: connect ECONNREFUSED 127.0.0.1:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16) {\n  errno: -111,\n  code: 'ECONNREFUSED',\n  syscall: 'connect',\n  address: '127.0.0.1',\n  port: 5432\n}",
  "On branch main\nYour branch is up to date with 'origin/main'.\n\nnothing to commit, working tree clean",
  'ssh-keygen -t ed25519\nThe key fingerprint is:\nSHA256:uNiVztksCsDhcc0u9e8BjrJXVGDQwF9N3P3tq1mXcUg dev@host',
  'password\n  ✓ accepts a long one\n  ✓ rejects a short one\ntoken\n  ✓ refreshes',
  'const user = {\n  name: "bob",\n  password: faker.internet.password(),\n  token: randomBytes(32).toString("hex"),\n}',
]

export const ordinaryTexts: readonly string[] = [...LINES.split('\n'), ...BLOCKS]
