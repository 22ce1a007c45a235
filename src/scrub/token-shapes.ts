/**
 * Secrets that are known by their looks.
 *
 * Every expression is linear: a token begins where none is running, and a scan that fails is short.
 *
 * @module
 */

/** One kind of token. */
export interface TokenShape {
  /** As the placeholder names it. */
  readonly kind: string
  /** Literals of which one stands in every such token. */
  readonly marks: readonly string[]
  /** Finds tokens; with the flags `g` and `d` when a group `secret` is the part to be replaced. */
  readonly pattern: RegExp
}

/** A token: its beginning, the characters of its body, and how many there are at least; fewer when somebody cut it and said so. */
function token(kind: string, marks: readonly string[], start: string, body: string, min: number): TokenShape {
  const source = `(?<![A-Za-z0-9])(?:${start})(?:${body}{${min},}|${body}{8,}(?=…|\\.\\.\\.))`
  return { kind, marks, pattern: new RegExp(source, 'g') }
}

const WORD = '[A-Za-z0-9_-]'

/** All shapes. */
export const TOKEN_SHAPES: readonly TokenShape[] = [
  token('github-token', ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], 'gh[pousr]_', '[A-Za-z0-9]', 30),
  token('github-token', ['github_pat_'], 'github_pat_', '[A-Za-z0-9_]', 22),
  token(
    'gitlab-token',
    ['glpat-', 'gldt-', 'glrt-', 'glptt-', 'glft-', 'glcbt-', 'glimt-', 'glagent-', 'glsoat-', 'gloas-', 'glffct-'],
    'gl(?:pat|dt|rt|ptt|ft|cbt|imt|agent|soat|oas|ffct)-',
    '[A-Za-z0-9_.-]',
    16,
  ),
  token('npm-token', ['npm_'], 'npm_', '[A-Za-z0-9]', 30),
  token('pypi-token', ['pypi-'], 'pypi-', WORD, 40),
  token('aws-key', ['AKIA', 'ASIA', 'ABIA', 'ACCA'], 'A(?:KIA|SIA|BIA|CCA)', '[A-Z0-9]', 16),
  {
    kind: 'aws-key',
    marks: ['aws_secret', 'AWS_SECRET', 'secretAccessKey', 'SecretAccessKey'],
    pattern:
      /(?:aws_secret_access_key|secretAccessKey)\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?(?<secret>[A-Za-z0-9/+=]{40,})/dgi,
  },
  token(
    'slack-token',
    ['xoxa-', 'xoxb-', 'xoxe-', 'xoxe.', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xapp-'],
    'xox[abeoprs][-.]|xapp-',
    '[A-Za-z0-9.-]',
    10,
  ),
  token(
    'slack-webhook',
    ['hooks.slack.com/'],
    'hooks\\.slack\\.com/(?:services|workflows|triggers)/',
    '[A-Za-z0-9/_-]',
    20,
  ),
  {
    kind: 'jwt',
    marks: ['.eyJ'],
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g,
  },
  token('google-key', ['AIza'], 'AIza', WORD, 35),
  token('google-token', ['ya29.', 'GOCSPX-'], 'ya29\\.|GOCSPX-', WORD, 20),
  token(
    'stripe-key',
    ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'],
    '[sr]k_(?:live|test)_|whsec_',
    '[A-Za-z0-9]',
    16,
  ),
  {
    kind: 'sendgrid-key',
    marks: ['SG.'],
    pattern: /(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}/g,
  },
  token('huggingface-token', ['hf_'], 'hf_', '[A-Za-z0-9]', 30),
  token('ai-key', ['sk-proj-', 'sk-ant-', 'sk-svcacct-', 'sk-or-v1-'], 'sk-(?:proj|ant|svcacct|or-v1)-', WORD, 20),
  token('docker-token', ['dckr_pat_', 'dckr_oat_'], 'dckr_[po]at_', WORD, 20),
  token('digitalocean-token', ['dop_v1_', 'doo_v1_', 'dor_v1_'], 'do[por]_v1_', '[a-f0-9]', 32),
  token('vault-token', ['hvs.', 'hvb.', 'hvr.'], 'hv[sbr]\\.', WORD, 20),
  token('shopify-token', ['shpat_', 'shpca_', 'shppa_', 'shpss_'], 'shp(?:at|ca|pa|ss)_', '[a-fA-F0-9]', 32),
  token('grafana-token', ['glsa_', 'glc_'], 'glsa_|glc_', '[A-Za-z0-9_+/=]', 20),
  token('sentry-token', ['sntrys_', 'sntryu_'], 'sntry[su]_', '[A-Za-z0-9_+/=]', 20),
  token('square-token', ['sq0atp-', 'sq0csp-'], 'sq0[ac][ts]p-', WORD, 20),
  token('newrelic-key', ['NRAK-'], 'NRAK-', '[A-Z0-9]', 20),
  token('postman-key', ['PMAK-'], 'PMAK-', '[A-Za-z0-9-]', 20),
  token('age-key', ['AGE-SECRET-KEY-1'], 'AGE-SECRET-KEY-1', '[A-Z0-9]', 40),
  token('atlassian-token', ['ATATT3', 'ATCTT3'], 'AT[AC]TT3', '[A-Za-z0-9_=-]', 20),
]
