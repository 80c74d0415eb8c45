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
  $ bridgescope train --out runs/pool_100 --preset small_pool_size   a run folder: checkpoints and error curves
  $ bridgescope measure runs/pool_100                   every measure of every checkpoint, and the figures
  $ bridgescope explore runs/*                          the same on a web page, linked and explained
  $ bridgescope explore                                 no run yet: two models train side by side in the page
  $ bridgescope sweep examples/plans/pool_sweep.yaml --out sweeps/pool   many runs
  $ bridgescope evidence sweeps/pool --out evidence.html                 what the paper claims, held against them

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

try {
  await addCommands(program, process.argv.slice(2));
  // Sub-commands take over these settings only when they are made after them, so they are set on each.
  for (const command of [program, ...program.commands]) command.exitOverride();
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
