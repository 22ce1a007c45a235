/**
 * `jux completion`: a script that teaches a shell to complete the command.
 *
 * @module
 */
import { Argument, type Command } from 'commander'
import { catalogue } from '../catalogue.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { bashScript } from '../completions/bash.js'
import { fishScript } from '../completions/fish.js'
import { nodesOf } from '../completions/nodes.js'
import { zshScript } from '../completions/zsh.js'
import { EXIT } from '../exit-codes.js'
import type { Manual } from '../manual.js'

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    { does: 'bash, in ~/.bashrc', line: 'source <(jux completion bash)' },
    { does: 'zsh, in ~/.zshrc behind compinit', line: 'source <(jux completion zsh)' },
    { does: 'fish, once', line: 'jux completion fish > ~/.config/fish/completions/jux.fish' },
  ],
  exits: { ok: 'printed' },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  return createCommand('completion', 'Print a script that completes commands, flags and values in a shell.', context)
    .addArgument(new Argument('<shell>', 'whose language it is in').choices(Object.keys(SCRIPTS)))
    .action(async (shell: keyof typeof SCRIPTS) => {
      context.out(SCRIPTS[shell](nodesOf(await catalogue())))
      finish(EXIT.ok)
    })
}
