import { Argument, type Command } from 'commander';
import { completionScript, type Shell, shells } from './completion-scripts.js';
import { print } from './exit.js';

/** Adds `completion`, which prints the script of a shell. All commands have been added before: it holds their options. */
export function completionCommand(program: Command): void {
  program
    .command('completion')
    .description('Prints what a shell needs to complete commands, options and files with the Tab key.')
    .addArgument(new Argument('<SHELL>', 'the shell').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  $ source <(bridgescope completion bash)     in this shell; the same line in ~/.bashrc keeps it
  $ source <(bridgescope completion zsh)      in ~/.zshrc after compinit
  $ bridgescope completion fish > ~/.config/fish/completions/bridgescope.fish`,
    )
    .action((shell: Shell) =>
      print(completionScript(shell, program.name(), program.commands.map(described))),
    );
}

function described(command: Command) {
  return {
    name: command.name(),
    summary: command.summary() || command.description(),
    options: command
      .createHelp()
      .visibleOptions(command)
      .map(({ long, short, description, required, optional }) => ({
        names: [long, short].filter((name) => name !== undefined && name !== null),
        description,
        takesValue: required || optional,
      })),
  };
}
