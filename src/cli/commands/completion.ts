/**
 * `jux completion`: prints a completion script for a shell.
 *
 * @module
 */
import { Argument, type Command } from 'commander'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { COMPLETION_SCRIPTS } from '../completions.js'
import { EXIT } from '../exit-codes.js'
import type { CommandDescription, Manual } from '../manual.js'

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    { does: 'bash, in ~/.bashrc', line: 'source <(jux completion bash)' },
    { does: 'zsh, in ~/.zshrc after compinit', line: 'source <(jux completion zsh)' },
    { does: 'fish, once', line: 'jux completion fish > ~/.config/fish/completions/jux.fish' },
  ],
  exits: { ok: 'the script is printed' },
}

/** See `CommandModule`. */
export function create(
  context: CliContext,
  finish: Finish,
  describeProgram: () => Promise<CommandDescription>,
): Command {
  return createCommand('completion', 'Print a script that completes commands, flags and values in a shell.', context)
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(COMPLETION_SCRIPTS)))
    .action(async (shell: keyof typeof COMPLETION_SCRIPTS) => {
      context.out(COMPLETION_SCRIPTS[shell](await describeProgram()))
      finish(EXIT.ok)
    })
}
