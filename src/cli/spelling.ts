import type { Command } from 'commander';
import { UsageError } from '../errors.js';

/**
 * Lets every long option be written with underscores or dashes (`--pool_size` = `--pool-size`), whichever way it was declared.
 * @throws UsageError when an option is given beside its opposite, such as `--figures svg` beside `--no-figures`
 */
export function respell(argv: readonly string[], program: Command): string[] {
  const declared = new Map<string, string>();
  for (const command of [program, ...program.commands]) {
    for (const { long } of command.options) {
      if (long) declared.set(long.replaceAll('_', '-'), long);
    }
  }
  const words = argv.map((word) => {
    const match = /^(--[A-Za-z][\w-]*)(=.*)?$/s.exec(word);
    if (match === null) return word;
    const [, name = '', value = ''] = match;
    return (declared.get(name.replaceAll('_', '-')) ?? name) + value;
  });
  for (const word of words) {
    const opposite = `--${/^--no-(.+)/.exec(word)?.[1]}`;
    if (words.some((other) => other === opposite || other.startsWith(`${opposite}=`))) {
      throw new UsageError(`${opposite} and ${word} exclude each other; give one of them`);
    }
  }
  return words;
}
