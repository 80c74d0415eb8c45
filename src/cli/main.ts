#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { addCommands } from './commands.js';
import { exitStatus, explain, say, stdoutFailure } from './exit.js';
import { respell } from './spelling.js';
import { version } from './version.js';

const program = new Command('bridgescope')
  .description('See and measure how the layers of a Transformer learn to work together.')
  .version(version)
  .configureOutput({
    // Commander puts its suggestion on a line of its own.
    outputError: (text, write) =>
      write(
        `bridgescope: ${text
          .replace(/^error: /, '')
          .replace(/\n\(Did you mean (.*)\?\)/, '; did you mean $1?')
          .trim()} (see --help)\n`,
      ),
  })
  .addHelpText(
    'after',
    `
Examples:
  $ bridgescope measure runs/small_pool_size           every measure of every checkpoint, and the figures
  $ bridgescope measure a=run1 b=run2 --rel-pos 0:35:5  two runs, named; eight relative positions
  $ bridgescope plot bridgescope-out/measures.parquet --figures svg,pdf
  $ bridgescope inspect ckpt_200.pt

Exit status: 0 done, 1 failed, 2 wrong usage, 3 finished but some inputs were skipped (named on stderr),
130 after Ctrl-C and 143 after SIGTERM, with what was finished kept.
Results go to files and stdout, progress and notes to stderr.`,
  );

// Whoever reads our output may stop early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitStatus.done);
  say(`bridgescope: ${stdoutFailure(error)}`);
  process.exit(exitStatus.failed);
});

await addCommands(program, process.argv.slice(2));
// Sub-commands take over these settings only when they are made after them, so they are set on each.
for (const command of [program, ...program.commands]) command.exitOverride();

try {
  await program.parseAsync(respell(process.argv, program));
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitStatus.done : exitStatus.usage;
  } else {
    const { line, status } = explain(error);
    say(`bridgescope: ${line}`);
    process.exitCode = status;
  }
}
