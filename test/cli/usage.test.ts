import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addCommands } from '../../src/cli/commands.js';
import { respell } from '../../src/cli/spelling.js';
import { UsageError } from '../../src/errors.js';
import { openSweep } from '../../src/sweep/sweep.js';
import { bridgescope, smallRun } from './run.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'us age '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('help', () => {
  it('shows the arguments of every command as the command has them', async () => {
    const listed = new Command();
    await addCommands(listed, []);
    expect(listed.commands.length).toBeGreaterThan(10);
    for (const entry of listed.commands) {
      const own = new Command();
      await addCommands(own, [entry.name()]);
      const argumentsOf = (command: Command) =>
        command.registeredArguments.map(({ required, variadic }) => ({ required, variadic }));
      const command = own.commands.find((one) => one.name() === entry.name());
      expect(command && argumentsOf(command), entry.name()).toEqual(argumentsOf(entry));
    }
  });

  it.each([
    ['nope', 'no command "nope" (see --help)'],
    ['mesure', 'no command "mesure"; did you mean measure? (see --help)'],
  ])('refuses the command %s', async (name, message) => {
    expect(await bridgescope('help', name)).toEqual({
      status: 2,
      stdout: '',
      stderr: `bridgescope: ${message}\n`,
    });
  });

  it('names every token distribution that a config can have', async () => {
    const { stdout } = await bridgescope('train', '--help');
    for (const name of ['zipf', 'two-level', 'two-level-3', 'unif']) expect(stdout).toContain(name);
  });
});

describe('an option beside its opposite', () => {
  it.each([
    [['--no-figures', '--figures', 'svg']],
    [['--figures=svg', '--no-figures']],
    [['--no_figures', '--figures', 'svg']],
  ])('is refused: %j', async (words) => {
    const program = new Command();
    await addCommands(program, ['measure']);
    expect(() => respell(words, program)).toThrow(UsageError);
    expect(() => respell(words, program)).toThrow('--figures and --no-figures exclude each other');
  });
});

describe('a file that says what to do', () => {
  it.each([
    ['sweep', ['plan.yaml'], 'axis: {seed: 1}'],
    ['train', ['--config'], 'lr: -1'],
    ['evidence', [smallRun, '--claims'], '{"id": 1}'],
  ])('is wrong usage where it is wrong: %s', async (command, words, text) => {
    const file = join(folder, 'plan.yaml');
    writeFileSync(file, text);
    const args = words[0] === 'plan.yaml' ? [file] : [...words, file];
    const { status, stderr } = await bridgescope(command, ...args, '--out', join(folder, 'never.html'));
    expect(stderr).toMatch(new RegExp(`^bridgescope: ${file}: .*\\n$`));
    expect(status).toBe(2);
  });
});

describe('the folder of a sweep', () => {
  const plan = () => {
    const file = join(folder, 'sweep.yaml');
    writeFileSync(file, 'base: small_pool_size\naxes: {seed: 1..2}\n');
    return file;
  };

  it('is no run folder', async () => {
    const run = join(folder, 'run');
    cpSync(join(smallRun, 'config.json'), join(run, 'config.json'));
    await expect(openSweep(plan(), run, 'test')).rejects.toThrow(UsageError);
    await expect(openSweep(plan(), run, 'test')).rejects.toThrow(
      `--out ${run}: holds a run; a sweep makes many`,
    );
    expect(readdirSync(run)).toEqual(['config.json']);
  });

  it('holds no table of another command, and may hold its own', async () => {
    const out = join(folder, 'out');
    mkdirSync(out);
    writeFileSync(join(out, 'measures.parquet'), '');
    await expect(openSweep(plan(), out, 'test')).rejects.toThrow(
      `--out ${out}: holds a table that no sweep made`,
    );
    writeFileSync(join(out, 'plan.yaml'), '');
    expect((await openSweep(plan(), out, 'test')).runs.length).toBe(2);
  });
});
