import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { runJux } from '../support/cli.js'
import { sharedFolder } from '../support/folders.js'
import { onTerminal, type Step } from '../support/terminal.js'
import { hasTool } from '../support/tools.js'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

const hasPython = hasTool('python3')
const PRESENT: Readonly<Record<Shell, boolean>> = {
  bash: hasTool('bash') && hasPython,
  zsh: hasTool('zsh') && hasPython,
  fish: hasTool('fish'),
}

/** Lines to complete at their end, and the expected candidates, in any order. */
const OFFERS: readonly (readonly [what: string, line: string, offered: readonly (string | RegExp)[]])[] = [
  ['a command by its beginning', 'jux ver', ['verify']],
  [
    'every command',
    'jux ',
    [
      'attest',
      'cache',
      'completion',
      'config',
      'dossier',
      'help',
      'inspect',
      'keygen',
      'merge',
      'policy',
      'publish',
      'report',
      'run',
      'sign',
      'verify',
      'waiver',
    ],
  ],
  ['the commands of a group', 'jux cache ', ['clean', 'list', 'show', 'stats']],
  ['the commands of a group after its flags', 'jux cache --storage-path reports st', ['stats']],
  [
    'the flags of a command, with those of its group',
    'jux cache clean --',
    ['--days', '--dry-run', '--help', '--json', '--queue', '--storage-path'],
  ],
  ['a flag after arguments', 'jux verify signed.xml --public', ['--public-key']],
  ['the values of a flag', 'jux keygen --type ', ['ecdsa', 'rsa']],
  ['the values of a setting', 'jux run --storage-mode b', ['both']],
  ['the values of an argument', 'jux completion f', ['fish']],
  ['commands after help', 'jux help insp', ['inspect']],
  ['files for a flag that names a file', 'jux verify --cert key', ['key.pem']],
  ['files as arguments', 'jux inspect re', [/^report\.xml$/, /^reports\/?$/]],
  ['only folders for a flag that names a folder', 'jux verify --trust ', [/^reports\/?$/]],
  ['nothing for a number', 'jux cache clean --days ', []],
  ['nothing for a content hash', 'jux cache show ', []],
  ['programs after jux run --', 'jux run --submit -- mkfif', ['mkfifo']],
  ['the same after jux-reporter', 'jux-reporter insp', ['inspect']],
]

const folder = sharedFolder()
const home = sharedFolder()
const env = { PATH: process.env.PATH, HOME: home, ZDOTDIR: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home }

// Ctrl-T puts every completion on the line; then the line is given to a function that shows its words. Prompts are
// numbered, because a shell may draw one again.
const PRINT_CANDIDATES =
  'count=0; candidates() { printf "<%s>" "$@"; printf "=CANDIDATES\\n"; count=$((count + 1)); PS1="READY$count> "; }\n'
const BASH_RC = `PS1='READY0> '; bind 'set enable-bracketed-paste off'; bind 'set bell-style none'
bind '"\\C-t": insert-completions'
source jux.bash
${PRINT_CANDIDATES}`
const ZSH_RC = `PS1='READY0> '; unsetopt beep prompt_sp; unset zle_bracketed_paste
autoload -U compinit; compinit -u -D; source ./jux.zsh
zle -C all-matches complete-word _generic; bindkey '^T' all-matches
zstyle ':completion:all-matches:*' insert yes
zstyle ':completion:all-matches:*' completer _all_matches _complete
${PRINT_CANDIDATES}`
const START = {
  bash: ['bash', '--noprofile', '--rcfile', join(home, 'bashrc'), '-i'],
  zsh: ['zsh', '-d', '-i'],
} as const

/** The candidates that the shell itself offers for the last word of each line. */
async function complete(shell: Shell, lines: readonly string[]): Promise<Map<string, string[]>> {
  if (shell === 'fish') return new Map(lines.map((line) => [line, completeInFish(line)]))
  const keysOfLines = lines.map((line) => `${line}\u0014\u0001candidates \r`)
  const { text } = await onTerminal(START[shell], {
    cwd: folder,
    env: { ...env, TERM: 'dumb', LC_ALL: 'C.UTF-8' },
    steps: [...keysOfLines, 'exit\r'].map((keys, index): Step => [`READY${index}> `, keys]),
  })
  const printed = [...text.matchAll(/((?:<[^<>]*>)+)=CANDIDATES/g)].map(([, words = '']) =>
    words.slice(1, -1).split('><'),
  )
  return new Map(
    lines.map((line, index) => {
      const words = printed[index] ?? ['nothing printed']
      return [line, words.slice(line.split(' ').length - 1).filter((word) => word !== '')]
    }),
  )
}

function completeInFish(line: string): string[] {
  const script = `source jux.fish; complete -C ${JSON.stringify(line)}`
  const offered = execFileSync('fish', ['--no-config', '-c', script], { cwd: folder, env, encoding: 'utf8' })
  return offered.split('\n').flatMap((row) => row.split('\t')[0] || [])
}

beforeAll(async () => {
  mkdirSync(join(folder, 'reports'))
  for (const name of ['key.pem', 'report.xml']) writeFileSync(join(folder, name), '')
  for (const shell of SHELLS) writeFileSync(join(folder, `jux.${shell}`), (await runJux(['completion', shell])).out)
  writeFileSync(join(home, 'bashrc'), BASH_RC)
  writeFileSync(join(home, '.zshrc'), ZSH_RC)
})

describe.each(SHELLS)('jux completion %s', (shell) => {
  describe.skipIf(!PRESENT[shell])('offers', () => {
    let candidates = new Map<string, string[]>()

    beforeAll(async () => {
      const lines = OFFERS.map(([, line]) => line)
      candidates = await complete(shell, lines)
    })

    it.each(OFFERS)('%s: %s', (_, line, offered) => {
      const expected = offered.map((word) => (typeof word === 'string' ? word : expect.stringMatching(word)))

      expect(candidates.get(line)?.toSorted()).toEqual(expected)
    })
  })
})

describe('jux completion', () => {
  it('lists the supported shells when another one is given', async () => {
    const { code, err } = await runJux(['completion', 'powershell'])

    expect(code).toBe(64)
    expect(err).toContain('Allowed choices are bash, zsh, fish')
  })
})
