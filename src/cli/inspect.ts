import type { Command } from 'commander';

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
    process.stdout.write(`${JSON.stringify(tensors)}\n`);
    return;
  }
  const width = Math.max(4, ...tensors.map(({ name }) => name.length));
  const lines = tensors.map(
    ({ name, dtype, shape }) => `${name.padEnd(width)}  ${dtype.padEnd(8)}  ${shape.join(' × ') || 'scalar'}`,
  );
  process.stdout.write(`${`${'name'.padEnd(width)}  ${'dtype'.padEnd(8)}  shape`}\n${lines.join('\n')}\n`);
}
