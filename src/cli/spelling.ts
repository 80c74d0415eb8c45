import type { Command } from 'commander';

/**
 * Lets every long option be written with underscores or dashes (`--pool_size` = `--pool-size`), whichever way it was declared.
 */
export function respell(argv: readonly string[], program: Command): string[] {
  const declared = new Map<string, string>();
  for (const command of [program, ...program.commands]) {
    for (const { long } of command.options) {
      if (long) declared.set(long.replaceAll('_', '-'), long);
    }
  }
  return argv.map((word) => {
    const match = /^(--[A-Za-z][\w-]*)(=.*)?$/s.exec(word);
    if (match === null) return word;
    const [, name = '', value = ''] = match;
    return (declared.get(name.replaceAll('_', '-')) ?? name) + value;
  });
}
