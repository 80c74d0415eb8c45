import type { Command } from 'commander';
import { print, tell } from './exit.js';

/** Adds `inspect`: the tensors of a file. */
export function inspectCommand(program: Command): void {
  program
    .command('inspect')
    .description(
      'Lists names, number formats and shapes of the tensors in a .pt, .pth or .safetensors file. Nothing in it is executed.',
    )
    .argument('<FILE>', 'the file')
    .option('--json', 'print [{"name", "dtype", "shape"}] instead of a table')
    .addHelpText(
      'after',
      `
Examples:
  $ bridgescope inspect run/ckpt_200.pt
  $ bridgescope inspect run/test.pth --json`,
    )
    .action(inspect);
}

async function inspect(file: string, flags: { json?: true }): Promise<void> {
  const { openTensors } = await import('../checkpoint/open.js');
  const tensors = [...openTensors(file)].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  if (flags.json) {
    print(`${JSON.stringify(tensors)}\n`);
    return;
  }
  const width = (column: 'name' | 'dtype') =>
    tensors.reduce((most, tensor) => Math.max(most, tensor[column].length), column.length);
  const [names, dtypes] = [width('name'), width('dtype')];
  tell(`${'name'.padEnd(names)}  ${'dtype'.padEnd(dtypes)}  shape`);
  for (const { name, dtype, shape } of tensors) {
    tell(`${name.padEnd(names)}  ${dtype.padEnd(dtypes)}  ${shape.join(' × ') || 'scalar'}`);
  }
}
