/**
 * Made-up secrets in the places where programs write them. They are joined at run time, so that no secret scanner
 * reports them in the sources.
 *
 * @module
 */
import { createHash } from 'node:crypto'

/** A text, and the secret in it. */
export interface SecretCase {
  readonly text: string
  /** No part of it of 6 and more characters may stay. */
  readonly secret: string
}

const ALPHABETS = {
  alnum: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  hex: '0123456789abcdef',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  lower: 'abcdefghijklmnopqrstuvwxyz0123456789',
  digits: '1234567890',
}
let count = 0

/** Characters without meaning, the same in every run. */
export function random(length: number, alphabet: keyof typeof ALPHABETS = 'alnum'): string {
  const characters = ALPHABETS[alphabet]
  let text = ''
  while (text.length < length) {
    for (const byte of createHash('sha512').update(`made up ${count++}`).digest())
      text += characters[byte % characters.length]
  }
  return text.slice(0, length)
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const uuid = () => [8, 4, 4, 4, 12].map((length) => random(length, 'hex')).join('-')

/** `[beginning, length, alphabet]` of tokens that are known by their beginning. */
const TOKENS: readonly (readonly [string, number, (keyof typeof ALPHABETS)?])[] = [
  ...['ghp', 'gho', 'ghu', 'ghs', 'ghr', 'npm'].map((start) => [`${start}_`, 36] as const),
  ['github_pat' + '_', 82],
  ...['glpat', 'gldt', 'glrt', 'glcbt', 'glsoat', 'glft', 'glffct', 'glimt'].map((start) => [`${start}-`, 20] as const),
  ['glptt' + '-', 40, 'hex'],
  ['GR134' + '8941', 20],
  ['pypi' + '-AgEIcHlwaS5vcmc', 80],
  ['AKI' + 'A', 16, 'upper'],
  ['ASI' + 'A', 16, 'upper'],
  ['ABS' + 'K', 120],
  ['xox' + 'b-123456789012-', 24],
  ['xox' + 'p-', 30],
  ['xap' + 'p-1-', 30],
  ['AIz' + 'a', 35],
  ['GOCS' + 'PX-', 28],
  ['ya2' + '9.', 60],
  ['sk' + '_live_', 24],
  ['rk' + '_live_', 24],
  ['whs' + 'ec_', 32],
  ['h' + 'f_', 34],
  ['sk-pr' + 'oj-', 100],
  ['sk-a' + 'nt-api03-', 95],
  ['s' + 'k-', 48],
  ['gs' + 'k_', 52],
  ['r' + '8_', 37],
  ['pp' + 'lx-', 48],
  ['dckr' + '_pat_', 27],
  ['dop' + '_v1_', 64, 'hex'],
  ['hv' + 's.', 95],
  ['shp' + 'at_', 32, 'hex'],
  ['shp' + 'ss_', 32, 'hex'],
  ['gls' + 'a_', 41],
  ['gl' + 'c_', 60],
  ['sntr' + 'yu_', 64, 'hex'],
  ['sq0a' + 'tp-', 22],
  ['NRA' + 'K-', 27, 'upper'],
  ['PMA' + 'K-', 58, 'hex'],
  ['AGE-SECRET' + '-KEY-1', 58, 'upper'],
  ['ATA' + 'TT3', 186],
  ['ATC' + 'TT3', 186],
  ['ci' + 'o', 32],
  ['oy' + '2', 43, 'lower'],
  ['ruby' + 'gems_', 48, 'hex'],
  ['ke' + 'y-', 32, 'hex'],
  ['S' + 'K1', 31, 'hex'],
  ['xkeys' + 'ib-', 64, 'hex'],
  ['da' + 'pi', 32, 'hex'],
  ['lin' + '_api_', 40],
  ['nt' + 'n_12345678901', 35],
  ['sec' + 'ret_', 43],
  ['fi' + 'gd_', 43],
  ['sb' + 'p_', 40, 'hex'],
  ['pscale' + '_tkn_', 43],
  ['pscale' + '_pw_', 43],
  ['dp.' + 'pt.', 43],
  ['pu' + 'l-', 40, 'hex'],
  ['ops' + '_eyJ', 250],
  ['bk' + 'ua_', 40, 'hex'],
  ['CCI' + 'PAT_', 40],
  ['sq' + 'p_', 40, 'hex'],
  ['sq' + 'u_', 40, 'hex'],
  ['AK' + 'Cp', 69],
  ['cmV' + 'md', 59],
  ['sl' + '.B', 134],
  ['EA' + 'AC', 120],
  ['tf' + 'p_', 59],
  ['vc' + 'p_', 56],
  ['nf' + 'p_', 36],
  ['fo' + '1_', 43],
  ['rn' + 'd_', 32],
  ['tske' + 'y-auth-', 40],
  ['LTA' + 'I', 20],
  ['cfu' + 't_', 48],
  ['dt0c' + '01.', 24 + 65],
  ['HRK' + 'U-AA', 58],
  ['pa' + 't', 14 + 65],
  ['pn' + 'u_', 36],
  ['sgp' + '_', 40, 'hex'],
]

const NAMED: readonly ((secret: string) => string)[] = [
  (s) => `{"password":"${s}"}`,
  (s) => `{ "dbPassword" : "${s}" }`,
  (s) => `password: ${s}`,
  (s) => `password: '${s}'`,
  (s) => `DB_PASSWORD=${s}`,
  (s) => `export DB_PASSWORD="${s}"`,
  (s) => `spring.datasource.password=${s}`,
  (s) => `password = "${s}"`,
  (s) => `<password>${s}</password>`,
  (s) => `<ns:clientSecret type="x">${s}</ns:clientSecret>`,
  (s) => `<add key="DbPassword" value="${s}" />`,
  (s) => `<property name="password" value="${s}"/>`,
  (s) => `password => "${s}",`,
  (s) => `passwd := "${s}"`,
  (s) => `Server=tcp:db.acme.io,1433;User ID=app;Password=${s};Encrypt=True`,
  (s) => `Data Source=db;uid=app;pwd=${s};`,
  (s) => `jdbc:postgresql://db.acme.io/app?user=app&password=${s}&ssl=true`,
  (s) => `host=db.acme.io user=app password=${s} dbname=app`,
  (s) => `jdbc:sqlserver://db.acme.io;user=sa;password=${s};`,
  (s) => `mongodb+srv://app:${s}@cluster0.acme.mongodb.net/app`,
  (s) => `redis://:${s}@cache.acme.io:6379/0`,
  (s) => `amqps://app:${s}@mq.acme.io/vhost`,
  (s) => `ftp://app:${s}@files.acme.io/a`,
  (s) => `https://ci:${s}@git.acme.io/team/repo.git`,
  (s) => `https://${s}@git.acme.io/team/repo.git`,
  (s) => `https://${s}:x-oauth-basic@github.com/team/repo.git`,
  (s) => `tool --password=${s} --verbose`,
  (s) => `tool --password ${s} --verbose`,
  (s) => `tool --token "${s}"`,
  (s) => `tool --api-key=${s}`,
  (s) => `mysql -u root -p${s} app`,
  (s) => `sshpass -p ${s} ssh host`,
  (s) => `curl -u app:${s} https://api.acme.io`,
  (s) => `curl --user 'app:${s}' https://api.acme.io`,
  (s) => `redis-cli -h cache -a ${s} ping`,
  (s) => `machine git.acme.io login app password ${s}`,
  (s) => `machine git.acme.io\n  login app\n  password ${s}\n`,
  (s) => `//registry.acme.io/:_authToken=${s}`,
  (s) => `//registry.acme.io/:_password="${base64(s)}"`,
  (s) => `_auth=${base64(`app:${s}`)}`,
  (s) => `{"auths":{"registry.acme.io":{"auth":"${base64(`app:${s}`)}"}}}`,
  (s) => `https://api.acme.io/v1?access_token=${s}&page=1`,
  (s) => `https://api.acme.io/v1?api_key=${s}`,
  (s) => `GET /v1?apikey=${s} HTTP/1.1`,
  (s) => `grant_type=client_credentials&client_id=app&client_secret=${s}`,
  (s) => `refresh_token=${s}&grant_type=refresh_token`,
  (s) => `{ accessToken: '${s}', expiresIn: 3600 }`,
  (s) => `{\\"refresh_token\\":\\"${s}\\"}`,
  (s) => `password%3D${s}%26user%3Dapp`,
  (s) => `&quot;api_key&quot;: &quot;${s}&quot;`,
  (s) => `"secretKey": "${s}"`,
  (s) => `aws_secret_access_key = ${s}${s}`.slice(0, 64),
  (s) => `Cookie: lang=en; session=${s}; theme=dark`,
  (s) => `Set-Cookie: sid=${s}; Path=/; HttpOnly`,
  (s) => `"set-cookie": "connect.sid=${s}; Path=/"`,
  (s) => `Authorization: Bearer ${s}1`,
  (s) => `Authorization: token ${s}1`,
  (s) => `authorization: Basic ${base64(`app:${s}`)}`,
  (s) => `'X-Auth-Token': '${s}'`,
  (s) => `X-Vault-Token: ${s}`,
  (s) => `api_key: \u001b[32m'${s}'\u001b[39m`,
  (s) => `DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=${s}${s}==;EndpointSuffix=core.windows.net`,
  (s) => `Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${s}${s}=`,
  (s) => `https://acme.blob.core.windows.net/c/b?sv=2022-11-02&sr=b&se=2026-01-01&sig=${s}${s}%3D`,
  (s) => `https://hooks.slack.com/${'services'}/T00AAA111/B00BBB222/${s}`,
  (s) => `https://discord.com/api/${'webhooks'}/123456789012345678/${s}${s}${s}`,
  (s) => `{"kty":"OKP","crv":"Ed25519","d":"${s}${s}","x":"pub"}`,
  (s) => `Private-Lines: 2\n${s}${s}\n${s}\nPrivate-MAC: 00`,
  (s) => `-----BEGIN ${'RSA PRIVATE'} KEY-----\\n${s}${s}\\n${s}\\n-----END ${'RSA PRIVATE'} KEY-----\\n`,
  (s) => `{"private_key": "-----BEGIN ${'PRIVATE'} KEY-----\\n${s}\\n-----END ${'PRIVATE'} KEY-----\\n"}`,
  (s) => `bot12345${'6789:AA'}${s}${s}`.slice(0, 47),
  (s) => `token: ${'MTIzNDU2Nzg5'}${s.slice(0, 12)}.Gx1aB2.${s}${s}`.slice(0, 70),
]

/** All of them. */
export function secretCases(): readonly SecretCase[] {
  count = 0
  const tokens = TOKENS.map(([start, length, alphabet]) => {
    const secret = start + random(length, alphabet)
    return { text: `before ${secret} after`, secret }
  })
  const glued = TOKENS.slice(0, 6).flatMap(([start, length]) => {
    const secret = start + random(length)
    return [
      { text: `value=x_${secret}`, secret },
      { text: `the${secret}`, secret },
      { text: `see ${secret.slice(0, 20)}\n    ${secret.slice(20)} there`, secret: secret.slice(20) },
      { text: `${secret.slice(0, 14)}\r\n${secret.slice(14)}`, secret: secret.slice(14) },
    ]
  })
  const named = NAMED.map((make) => {
    const secret = random(20)
    const text = make(secret)
    return { text, secret: text.includes(secret) ? secret : base64(secret).slice(4, 20) }
  })
  const others = [
    ['heroku api_key: ', uuid()],
    [
      'A3-',
      `${random(6, 'upper')}-${random(11, 'upper')}-${random(5, 'upper')}-${random(5, 'upper')}-${random(5, 'upper')}`,
    ],
    ['', `${random(14)}.atlasv1.${random(64)}`],
    ['', `${random(32, 'hex')}-us12`],
    ['', `SG.${random(22)}.${random(43)}`],
    ['', `${random(3)}8Q~${random(34)}`],
  ].map(([before = '', secret = '']) => ({ text: `x ${before}${secret} y`, secret }))
  return [...tokens, ...glued, ...named, ...others]
}
