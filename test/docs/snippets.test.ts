import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A fenced block of a page, and the block of text after it that shows what it prints. */
interface Snippet {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly source: string;
  readonly output: string | undefined;
}

function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(join(root, page), 'utf8');
  const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```\n/gm)];
  return blocks.map((block, at) => {
    const next = blocks[at + 1];
    const end = block.index + block[0].length;
    const isShown = next?.[1] === 'text' && text.slice(end, next.index).trim() === '';
    return {
      page,
      line: text.slice(0, block.index).split('\n').length,
      language: block[1]!,
      source: block[2]!,
      output: isShown ? next[2]! : undefined,
    };
  });
}

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const snippets = pages.flatMap(snippetsOf);
const inLanguage = (language: string) => snippets.filter((snippet) => snippet.language === language);

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'bridgescope-snippets-'));
  // A project that has bridgescope installed, with the folders of a clone that the pages name.
  writeFileSync(join(scratch, 'package.json'), '{"type": "module"}');
  mkdirSync(join(scratch, 'node_modules'));
  symlinkSync(root, join(scratch, 'node_modules/bridgescope'));
  for (const name of ['examples', 'results']) symlinkSync(join(root, name), join(scratch, name));
});
afterAll(() => rmSync(scratch, { recursive: true }));

function run(program: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd: scratch }, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr });
      else reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
    });
  });
}

describe('programs of the pages run as they stand', () => {
  it.each(inLanguage('js').map((snippet) => [`${snippet.page}:${snippet.line}`, snippet] as const))(
    '%s',
    async (name, { source, output }) => {
      const file = join(scratch, `${name.replace(/\W/g, '_')}.js`);
      writeFileSync(file, source);
      const { stdout } = await run(process.execPath, [file]);
      if (output !== undefined) expect(stdout).toBe(output);
    },
  );
});

describe('queries of the pages answer what stands below them', () => {
  beforeAll(async () => {
    const command = [join(root, 'dist/cli/main.js'), 'measure', 'examples/small_run', '--no-figures'];
    await run(process.execPath, command);
  });

  it.each(inLanguage('sql').map((snippet) => [`${snippet.page}:${snippet.line}`, snippet] as const))(
    '%s',
    async (_, { source, output }) => {
      const connection = await (await DuckDBInstance.create()).connect();
      const query = source.replaceAll("'bridgescope-out/", `'${scratch}/bridgescope-out/`);
      const found = await connection.runAndReadAll(query);
      // As `duckdb -csv` prints it.
      const lines = [found.columnNames(), ...found.getRows()].map((row) => row.join(','));
      expect(`${lines.join('\n')}\n`).toBe(output);
    },
  );
});
