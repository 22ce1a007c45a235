/**
 * Tokens with a known beginning, by whom they are issued. The lengths are those that the issuers and public scanners
 * document, with some room below, because a runner may cut a token.
 *
 * @module
 */

/** One kind of token. */
export interface TokenShape {
  /** The kind in the placeholder. */
  readonly kind: string
  /** Every such token begins with one of these, at least three characters each. */
  readonly starts: readonly string[]
  /** The characters after the beginning. */
  readonly body: Alphabet
  /** Least length of the body. */
  readonly min: number
  /** Length of the body: so much is taken if the token is broken by a line end. */
  readonly full: number
  /** The beginning alone says little: no letter or digit stands before it, and the body has digits and letters. */
  readonly weak: boolean
}

/** Which characters of ASCII a token has: 1 for those it has. */
export type Alphabet = Uint8Array

const ALNUM = alphabet('A-Za-z0-9')
const WORD = alphabet('A-Za-z0-9_-')
const BASE64 = alphabet('A-Za-z0-9+/=_-')
const DOTTED = alphabet('A-Za-z0-9._=-')
const HEX = alphabet('A-Fa-f0-9')
const UPPER = alphabet('A-Z0-9')
const HEX_DASH = alphabet('A-Fa-f0-9-')

/** Letters, digits, and what else: the tokens of many issuers are of one of these. */
export const TOKEN_SHAPES: readonly TokenShape[] = [
  token('github-token', 'ghp_ gho_ ghu_ ghs_ ghr_', ALNUM, 30, 36),
  token('github-token', 'github_pat_', alphabet('A-Za-z0-9_'), 22, 82),
  token(
    'gitlab-token',
    'glpat- gldt- glrt- glrtr- glptt- glft- glcbt- glimt- glagent- glsoat- gloas- glffct- glwt- GR1348941',
    alphabet('A-Za-z0-9_.-'),
    16,
    20,
  ),
  token('npm-token', 'npm_', ALNUM, 30, 36),
  token('pypi-token', 'pypi-', WORD, 40, 150),
  token('aws-key', 'AKIA ASIA ABIA ACCA', UPPER, 16, 16),
  token('aws-key', 'ABSK', BASE64, 100, 128),
  token('aws-key', 'bedrock-api-key-', BASE64, 30, 100),
  token(
    'slack-token',
    'xoxa- xoxb- xoxc- xoxd- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs- xapp-',
    alphabet('A-Za-z0-9.%-'),
    10,
    50,
  ),
  token(
    'slack-webhook',
    'hooks.slack.com/services/ hooks.slack.com/workflows/ hooks.slack.com/triggers/',
    alphabet('A-Za-z0-9/_-'),
    20,
    44,
  ),
  token('webhook', 'discord.com/api/webhooks/ discordapp.com/api/webhooks/', alphabet('A-Za-z0-9/_-'), 40, 87),
  token('webhook', '.webhook.office.com/webhookb2/', alphabet('A-Za-z0-9/@_-'), 40, 150),
  token('webhook', 'outlook.office.com/webhook/', alphabet('A-Za-z0-9/@_-'), 40, 150),
  token('webhook', 'hooks.zapier.com/hooks/catch/', alphabet('A-Za-z0-9/_-'), 10, 20),
  token('webhook', 'chat.googleapis.com/v1/spaces/', alphabet('A-Za-z0-9/_?=&%-'), 60, 150),
  token('webhook', 'open.feishu.cn/open-apis/bot/v2/hook/ open.larksuite.com/open-apis/bot/v2/hook/', HEX_DASH, 30, 36),
  token('webhook', 'qyapi.weixin.qq.com/cgi-bin/webhook/send?key=', HEX_DASH, 30, 36),
  token('webhook', 'oapi.dingtalk.com/robot/send?access_token=', HEX, 40, 64),
  token('webhook', 'maker.ifttt.com/trigger/', alphabet('A-Za-z0-9/_-'), 30, 60),
  token('google-key', 'AIza', WORD, 35, 35),
  token('google-token', 'ya29. GOCSPX-', WORD, 20, 28),
  token('google-token', '1//0', WORD, 40, 100, 'weak'),
  token(
    'stripe-key',
    'sk_live_ sk_test_ rk_live_ rk_test_ sk_prod_ rk_prod_ sk_org_ whsec_',
    alphabet('A-Za-z0-9+/='),
    16,
    24,
  ),
  token('huggingface-token', 'hf_ api_org_', ALNUM, 30, 34),
  token('ai-key', 'sk-proj- sk-ant- sk-svcacct- sk-admin- sk-or-v1- sk-None- sk-lf-', WORD, 20, 90),
  token('ai-key', 'gsk_', ALNUM, 40, 52),
  token('ai-key', 'pplx- xai-', ALNUM, 24, 48, 'weak'),
  token('ai-key', 'sk-', ALNUM, 32, 48, 'weak'),
  token('replicate-token', 'r8_', ALNUM, 30, 37),
  token('docker-token', 'dckr_pat_ dckr_oat_', WORD, 20, 27),
  token('digitalocean-token', 'dop_v1_ doo_v1_ dor_v1_', HEX, 32, 64),
  token('vault-token', 'hvs. hvb. hvr.', WORD, 20, 95),
  token('shopify-token', 'shpat_ shpca_ shppa_ shpss_ shptka_', HEX, 32, 32),
  token('grafana-token', 'glsa_ glc_', alphabet('A-Za-z0-9_+/='), 20, 41),
  token('sentry-token', 'sntrys_ sntryu_', alphabet('A-Za-z0-9_+/='), 20, 64),
  token('square-token', 'sq0atp- sq0csp- sq0idp- sq0ctp-', WORD, 20, 43),
  token('square-token', 'EAAA', WORD, 40, 60, 'weak'),
  token('newrelic-key', 'NRAK- NRII- NRJS- NRRA- NRAA- NRIQ- NRSP-', alphabet('A-Za-z0-9-'), 18, 27),
  token('postman-key', 'PMAK-', alphabet('A-Za-z0-9-'), 20, 59),
  token('age-key', 'AGE-SECRET-KEY-1 AGE-PLUGIN-', alphabet('A-Za-z0-9-'), 40, 58),
  token('atlassian-token', 'ATATT3 ATCTT3 ATBB', alphabet('A-Za-z0-9_=-'), 20, 186),
  token('crates-token', 'cio', ALNUM, 32, 32, 'weak'),
  token('nuget-key', 'oy2', alphabet('a-z0-9'), 43, 43, 'weak'),
  token('rubygems-key', 'rubygems_', HEX, 40, 48),
  token('clojars-token', 'CLOJARS_', ALNUM, 50, 60),
  token('mailgun-key', 'key- pubkey-', HEX, 32, 32, 'weak'),
  token('sendinblue-key', 'xkeysib- xsmtpsib-', alphabet('A-Za-z0-9-'), 64, 81),
  token('databricks-token', 'dapi', HEX, 32, 32),
  token('databricks-token', 'dose', HEX, 32, 32, 'weak'),
  token('linear-key', 'lin_api_ lin_oauth_', ALNUM, 32, 40),
  token('notion-token', 'ntn_', ALNUM, 40, 46),
  token('notion-token', 'secret_', ALNUM, 43, 43),
  token('figma-token', 'figd_ figu_ figo_ figur_', WORD, 36, 43),
  token('supabase-token', 'sbp_ sb_secret_', alphabet('A-Za-z0-9_-'), 24, 40),
  token('planetscale-token', 'pscale_tkn_ pscale_oauth_ pscale_pw_', DOTTED, 32, 43),
  token('doppler-token', 'dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit. dp.said.', alphabet('A-Za-z0-9._-'), 40, 43),
  token('pulumi-token', 'pul-', HEX, 40, 40),
  token('onepassword-token', 'ops_eyJ', BASE64, 60, 250),
  token('buildkite-token', 'bkua_ bkaj_ bkct_ bkpi_ bkpt_ bkrt_', ALNUM, 32, 40),
  token('circleci-token', 'CCIPAT_ CCIPRJ_ CCIROT_', alphabet('A-Za-z0-9_'), 30, 63),
  token('sonar-token', 'sqp_ squ_ sqa_', HEX, 40, 40),
  token('artifactory-token', 'AKCp', ALNUM, 60, 69),
  token('artifactory-token', 'cmVmd', ALNUM, 55, 59),
  token('dropbox-token', 'sl.A sl.B sl.C sl.u', DOTTED, 80, 134, 'weak'),
  token('facebook-token', 'EAAC EAAM EAAG EAAB EAAJ EAAD', ALNUM, 80, 150, 'weak'),
  token('typeform-token', 'tfp_', DOTTED, 40, 59),
  token('vercel-token', 'vcp_ vci_ vca_ vcr_ vck_', ALNUM, 20, 56, 'weak'),
  token('vercel-token', 'vercel_blob_rw_', alphabet('A-Za-z0-9_'), 24, 48),
  token('netlify-token', 'nfp_ nfc_ nfo_ nfu_', ALNUM, 32, 36, 'weak'),
  token('fly-token', 'fo1_ fm1a_ fm1r_ fm2_', BASE64, 40, 100, 'weak'),
  token('render-key', 'rnd_', ALNUM, 28, 32, 'weak'),
  token('tailscale-key', 'tskey-', WORD, 20, 46),
  token('plaid-token', 'access-sandbox- access-development- access-production-', HEX_DASH, 36, 36),
  token('adobe-secret', 'p8e-', ALNUM, 32, 32, 'weak'),
  token('alibaba-key', 'LTAI', ALNUM, 16, 20, 'weak'),
  token('algolia-key', 'ALGOLIA_', HEX, 32, 32),
  token('cloudflare-token', 'cfut_ cfat_ cfk_', ALNUM, 40, 48),
  token('cloudflare-token', 'v1.0-', HEX_DASH, 150, 171, 'weak'),
  token('mapbox-token', 'sk.eyJ', DOTTED, 60, 80),
  token('jwt', 'ZXlKaGJH ZXlKMGVY ZXlKcmFX', BASE64, 60, 150),
  token('duffel-token', 'duffel_test_ duffel_live_', DOTTED, 40, 43),
  token('dynatrace-token', 'dt0c01. dt0s01. dt0s02. dt0s16.', alphabet('A-Za-z0-9.'), 80, 89),
  token('easypost-key', 'EZAK EZTK', ALNUM, 54, 54),
  token('flutterwave-key', 'FLWSECK_TEST- FLWSECK-', alphabet('A-Za-z0-9-'), 12, 34),
  token('frameio-token', 'fio-u-', DOTTED, 50, 64),
  token('grafana-token', 'eyJrIjoi', BASE64, 60, 100),
  token('harness-token', 'pat. sat.', DOTTED, 60, 68, 'weak'),
  token('heroku-key', 'HRKU-', WORD, 36, 60),
  token('infracost-key', 'ico-', ALNUM, 32, 32, 'weak'),
  token('intra42-secret', 's-s4t2ud- s-s4t2af-', HEX, 60, 64),
  token('octopus-key', 'API-', UPPER, 25, 32, 'weak'),
  token('openshift-token', 'sha256~', WORD, 43, 43),
  token('prefect-token', 'pnu_ pnb_', ALNUM, 36, 36, 'weak'),
  token('readme-key', 'rdme_', ALNUM, 60, 70),
  token('scalingo-token', 'tk-us-', WORD, 40, 48),
  token('settlemint-token', 'sm_aat_ sm_pat_ sm_sat_', ALNUM, 16, 16),
  token('shippo-token', 'shippo_live_ shippo_test_', HEX, 40, 40),
  token('sourcegraph-token', 'sgp_ slk_', alphabet('A-Za-z0-9_'), 40, 57),
  token('yandex-key', 'AQVN', WORD, 35, 38, 'weak'),
  token('ngrok-token', 'ngrok_', ALNUM, 32, 48),
  token('clerk-key', 'sk_clerk_', ALNUM, 20, 40),
  token('contentful-token', 'CFPAT-', WORD, 40, 43),
  token('hubspot-token', 'pat-na1- pat-na2- pat-eu1-', HEX_DASH, 32, 36),
  token('wakatime-key', 'waka_', HEX_DASH, 36, 36),
  token('launchdarkly-key', 'api- sdk- mob-', HEX_DASH, 36, 36, 'weak'),
  token('sendbird-key', 'phc_ phx_ phs_', ALNUM, 40, 43, 'weak'),
  token('pinecone-key', 'pcsk_', alphabet('A-Za-z0-9_'), 40, 70),
  token('airtable-token', 'pat', alphabet('A-Za-z0-9.'), 60, 79, 'weak'),
  token('langsmith-key', 'lsv2_pt_ lsv2_sk_', alphabet('A-Za-z0-9_'), 32, 43),
  token('fastly-key', 'fastly-', WORD, 32, 32, 'weak'),
  token('adafruit-key', 'aio_', ALNUM, 26, 28),
  token('ethereum-key', '.infura.io/v3/ .infura.io/ws/v3/', HEX, 32, 32),
  token('ethereum-key', '.g.alchemy.com/v2/ .alchemyapi.io/v2/', WORD, 30, 32),
  token('razorpay-key', 'rzp_live_ rzp_test_', ALNUM, 14, 14),
  token('django-key', 'django-insecure-', alphabet('A-Za-z0-9!@#$%^&*(_=+)-'), 40, 50),
  token('telegram-token', 'api.telegram.org/bot', alphabet('A-Za-z0-9:_-'), 40, 46),
]

/** Makes an alphabet from the inside of a character class without escapes: `A-Z` is a range, a `-` at the end is itself. */
export function alphabet(characters: string): Alphabet {
  const units = new Uint8Array(128)
  for (let at = 0; at < characters.length; at++) {
    const first = characters.charCodeAt(at)
    const isRange = characters[at + 1] === '-' && at + 2 < characters.length
    if (isRange) at += 2
    units.fill(1, first, characters.charCodeAt(at) + 1)
  }
  return units
}

function token(kind: string, starts: string, body: Alphabet, min: number, full: number, weak?: 'weak'): TokenShape {
  return { kind, starts: starts.split(' '), body, min, full, weak: weak === 'weak' }
}
