import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { completionScript, shells } from '../../src/cli/completion-scripts.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'completion '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const has = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;

describe('bridgescope completion', () => {
  it.skipIf(!has('bash'))('completes commands and options in bash, and leaves files to it', () => {
    const script = execFileSync(process.execPath, [main, 'completion', 'bash'], { encoding: 'utf8' });
    writeFileSync(join(folder, 'completion.bash'), script);
    const ask = `source ./completion.bash
      ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _bridgescope; echo "\${COMPREPLY[*]}"; }
      ask bridgescope mea
      ask bridgescope measure --fo
      ask bridgescope measure runs/x --out exa
      ask bridgescope train --resu
      complete -p bridgescope`;
    const answers = execFileSync('bash', ['-c', ask], { cwd: folder, encoding: 'utf8' }).trim().split('\n');
    expect(answers).toEqual([
      ...['measure', '--fold-norm --format', '', '--resume'],
      'complete -o default -F _bridgescope bridgescope',
    ]);
  });

  const awkward = [
    {
      name: 'measure',
      summary: `it's: "quoted" \\ [x] $HOME \`date\``,
      options: [{ names: ['--out', '-o'], description: `a 'folder': [b] \\ $x`, takesValue: true }],
    },
  ];

  for (const shell of shells) {
    it.skipIf(!has(shell))(`${shell} reads its script, whatever descriptions hold`, () => {
      const path = join(folder, `awkward.${shell}`);
      writeFileSync(path, completionScript(shell, 'bridgescope', awkward));
      const { status, stderr } = spawnSync(shell, ['-n', path], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    });
  }

  it.skipIf(!has('fish'))('fish shows what an option is', () => {
    writeFileSync(join(folder, 'completion.fish'), completionScript('fish', 'bridgescope', awkward));
    const ask =
      'source ./completion.fish; complete -C "bridgescope mea"; complete -C "bridgescope measure --o"';
    const found = execFileSync('fish', ['--no-config', '-c', ask], { cwd: folder, encoding: 'utf8' });
    expect(found.trim().split('\n')).toEqual([
      `measure\t${awkward[0]!.summary}`,
      `--out\t${awkward[0]!.options[0]!.description}`,
    ]);
  });

  it('knows no other shell', () => {
    const { status, stderr } = spawnSync(process.execPath, [main, 'completion', 'csh'], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('bash, zsh, fish');
  });
});
