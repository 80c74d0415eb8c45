import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));

/** What `npm pack` says of a package. */
interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

describe('the package', { timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'a package '));
  const installed = join(folder, 'node_modules/bridgescope');
  let files: ReadonlySet<string> = new Set();

  beforeAll(() => {
    // The suite is run on a build; `prepack`, which makes one, would only repeat it.
    const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const text = execFileSync('npm', pack, { cwd: root, encoding: 'utf8' });
    const [packed] = JSON.parse(text) as [Packed];
    files = new Set(packed.files.map(({ path }) => path));
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{}');
    execFileSync('tar', ['-xzf', join(folder, packed.filename), '--strip-components=1', '-C', installed]);
    symlinkSync(join(root, 'node_modules'), join(installed, 'node_modules'));
  }, 180_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is built before it is packed', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(scripts.prepack).toBe('npm run --silent build');
  });

  it('has its program, its page, and the sources that its source maps name', () => {
    const needed = ['dist/cli/main.js', 'dist/index.js', 'dist/index.d.ts', 'dist/node.js', 'dist/node.d.ts'];
    expect(needed.filter((path) => !files.has(path))).toEqual([]);
    expect([...files].filter((path) => /^dist\/explorer\/.*\.html$/.test(path))).not.toEqual([]);
    const maps = [...files].filter((path) => path.endsWith('.js.map'));
    const lost = maps.filter((path) => {
      const { sources } = JSON.parse(readFileSync(join(root, path), 'utf8')) as { sources: string[] };
      return sources.some((source) => !files.has(normalize(join(dirname(path), source))));
    });
    expect(lost).toEqual([]);
  });

  it('has what its pages link to', () => {
    const pages = [...files].filter((path) => /^(README|CONTRIBUTING|CHANGELOG|docs\/.*)\.md$/.test(path));
    const broken = pages.flatMap((page) => {
      const text = readFileSync(join(root, page), 'utf8');
      return [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
        .map(([, link]) => link!)
        .filter((link) => !/^[a-z]+:/.test(link))
        .filter((link) => {
          const path = normalize(join(dirname(page), link)).replace(/\/$/, '');
          return !files.has(path) && ![...files].some((file) => file.startsWith(`${path}/`));
        })
        .map((link) => `${page}: ${link}`);
    });
    expect(broken).toEqual([]);
  });

  it('runs as a program and as a library', () => {
    const run = (...args: string[]) =>
      execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(run(join(installed, 'dist/cli/main.js'), '--version')).toContain(version);
    const library =
      "const { table } = await import('bridgescope'); console.log(Object.keys(table).length > 0);";
    expect(run('--input-type=module', '-e', library).trim()).toBe('true');
    const node = "console.log(typeof (await import('bridgescope/node')).measure);";
    expect(run('--input-type=module', '-e', node).trim()).toBe('function');
  });

  it('works without its optional packages, and says which one a command needs', () => {
    const bare = join(folder, 'bare/node_modules/bridgescope');
    cpSync(installed, bare, { recursive: true, filter: (path) => path !== join(installed, 'node_modules') });
    const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const optional = new Set(Object.keys(peerDependencies));
    linkPackages(join(root, 'node_modules'), join(bare, 'node_modules'), optional);
    const run = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, args, {
        cwd: join(folder, 'bare'),
        encoding: 'utf8',
      });
      return { status, stdout, stderr: stderr.trim() };
    };
    const command = (...args: string[]) => run(join(bare, 'dist/cli/main.js'), ...args);
    const node = "console.log(typeof (await import('bridgescope/node')).measure);";
    expect(run('--input-type=module', '-e', node)).toEqual({ status: 0, stdout: 'function\n', stderr: '' });

    const measured = command(
      'measure',
      join(root, 'examples/small_run'),
      '--no-figures',
      '--quiet',
      '--out',
      'out',
    );
    expect(measured.status).toBe(0);
    const lacking = (packages: readonly string[], ...args: string[]) => {
      const { status, stderr } = command(...args);
      const named = packages.map((name) => `${name}@${peerDependencies[name]}`).join(' ');
      expect(stderr).toMatch(/^bridgescope: [^\n]*$/);
      expect(stderr).toContain(`not installed; run: npm install ${named}`);
      expect(status).toBe(1);
    };
    lacking(['hono', '@hono/node-server'], 'explore', 'out/measures.parquet', '--no-open', '--quiet');
    lacking(['@huggingface/hub'], 'inspect', 'hf:org/model');
    lacking(['bullmq', 'ioredis'], 'worker', '--redis', 'redis://127.0.0.1:1', '--quiet');
    lacking(['pdfkit'], 'plot', 'out/measures.parquet', '--figures', 'pdf', '--out', 'figures', '--quiet');
  });
});

/** Links every package but some, those of scopes one by one. */
function linkPackages(from: string, to: string, without: ReadonlySet<string>): void {
  const names = readdirSync(from)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(from, name)).map((part) => `${name}/${part}`) : [name],
    )
    .filter((name) => !without.has(name));
  for (const name of names) {
    mkdirSync(dirname(join(to, name)), { recursive: true });
    symlinkSync(join(from, name), join(to, name));
  }
}
