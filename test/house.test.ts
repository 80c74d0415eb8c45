import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const src = join(root, 'src');

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return filesBelow(path);
    return /\.tsx?$/.test(path) ? [path] : [];
  });
}

/** AssemblyScript is compiled on its own, and generated modules are made from it. */
const files = filesBelow(src).filter((path) => !/kernels\/(assembly|generated)\//.test(path));

const page = join(root, 'explorer');

/**
 * Modules that a file imports, relative ones as absolute paths of `.ts` files.
 * @param types whether imports of types alone, which are gone at run time, count
 */
function importsOf(path: string, types = true): string[] {
  const source = readFileSync(path, 'utf8');
  const text = types ? source : source.replace(/^(?:import|export) type [^;]*;/gm, '');
  const found = [...text.matchAll(/(?:from|import)\s*\(?'([^']+)'/g)].map((match) => match[1]!);
  return found.map((name) =>
    name.startsWith('.') ? resolve(dirname(path), name).replace(/\.js$/, '.ts') : name,
  );
}

/** What each folder may import besides itself: data flows one way. */
const mayImport: Record<string, readonly string[]> = {
  tensor: [],
  files: [],
  threads: [],
  checkpoint: ['tensor', 'files'],
  kernels: [],
  linalg: ['kernels'],
  random: [],
  model: ['tensor', 'checkpoint', 'kernels', 'random'],
  run: ['tensor', 'files', 'checkpoint', 'model'],
  forward: ['tensor', 'kernels', 'model'],
  measures: ['tensor', 'linalg', 'model'],
  interventions: ['tensor', 'checkpoint', 'linalg', 'model', 'random'],
  evaluate: ['checkpoint', 'tensor', 'forward', 'model', 'random', 'run', 'train'],
  text: ['files', 'run'],
  hub: ['tensor', 'files', 'checkpoint', 'model', 'run'],
  behaviour: ['evaluate', 'files', 'forward', 'measures', 'model', 'run', 'series', 'text', 'threads'],
  causal: [
    ...[
      'behaviour',
      'checkpoint',
      'evaluate',
      'files',
      'forward',
      'interventions',
      'linalg',
      'measures',
      'model',
      'run',
      'series',
      'stats',
      'threads',
      'train',
    ],
  ],
  train: ['tensor', 'files', 'checkpoint', 'model', 'run', 'random'],
  series: ['tensor', 'files', 'threads', 'checkpoint', 'linalg', 'model', 'run', 'measures', 'train'],
  tables: ['checkpoint', 'files', 'series'],
  sweep: [
    ...[
      'behaviour',
      'causal',
      'checkpoint',
      'files',
      'hub',
      'linalg',
      'measures',
      'model',
      'run',
      'series',
      'tables',
      'text',
      'threads',
      'train',
    ],
  ],
  stats: ['measures', 'random', 'run', 'series', 'train'],
  figure: ['causal', 'checkpoint', 'files', 'measures', 'model', 'run', 'series', 'stats', 'threads'],
  evidence: ['causal', 'figure', 'files', 'run', 'series', 'stats', 'tables'],
  step: [
    ...[
      'causal',
      'checkpoint',
      'evaluate',
      'interventions',
      'linalg',
      'measures',
      'model',
      'run',
      'tensor',
      'train',
    ],
  ],
  lab: ['checkpoint', 'linalg', 'measures', 'model', 'run', 'series', 'train'],
  server: [
    ...[
      'behaviour',
      'checkpoint',
      'files',
      'measures',
      'run',
      'series',
      'tables',
      'tensor',
      'text',
      'threads',
    ],
  ],
  report: ['causal', 'figure', 'run', 'series', 'server', 'stats', 'tables', 'text'],
  library: [
    ...[
      'checkpoint',
      'evaluate',
      'evidence',
      'figure',
      'files',
      'forward',
      'interventions',
      'linalg',
      'measures',
      'model',
      'run',
      'series',
      'stats',
      'step',
      'sweep',
      'tables',
      'tensor',
      'train',
    ],
  ],
  cli: [
    ...[
      'behaviour',
      'causal',
      'checkpoint',
      'evaluate',
      'evidence',
      'figure',
      'files',
      'hub',
      'interventions',
      'linalg',
      'measures',
      'model',
      'run',
      'series',
      'report',
      'server',
      'stats',
      'step',
      'sweep',
      'tables',
      'tensor',
      'text',
      'train',
    ],
  ],
};

describe('imports', () => {
  it.each(Object.keys(mayImport))('of src/%s follow the arrows', (folder) => {
    const wrong: string[] = [];
    for (const path of filesBelow(join(src, folder)).filter((file) => files.includes(file))) {
      for (const target of importsOf(path)) {
        if (!target.startsWith(src)) continue;
        const [other = '', ...rest] = relative(src, target).split('/');
        if (other === 'errors.ts' || other === folder) continue;
        if (rest.length === 0 || !mayImport[folder]!.includes(other)) {
          wrong.push(`${relative(root, path)} imports ${relative(root, target)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('leave no folder out', () => {
    const folders = readdirSync(src).filter((name) => statSync(join(src, name)).isDirectory());
    expect(folders.filter((name) => !(name in mayImport))).toEqual([]);
  });

  it('lead round in no circle, not even those of types', () => {
    const all = new Set([...files, ...filesBelow(page)]);
    const targetsOf = (path: string) =>
      importsOf(path).flatMap((target) =>
        [target, target.replace(/\.ts$/, '.tsx')].filter((one) => all.has(one)),
      );
    // Files whose imports are all known to lead round in no circle, and those on the way to the present one.
    const done = new Set<string>();
    const way: string[] = [];
    const circles: string[] = [];
    const visit = (path: string): void => {
      if (done.has(path)) return;
      const at = way.indexOf(path);
      if (at !== -1) {
        circles.push([...way.slice(at), path].map((one) => relative(root, one)).join(' → '));
        return;
      }
      way.push(path);
      for (const target of targetsOf(path)) visit(target);
      way.pop();
      done.add(path);
    };
    for (const path of all) visit(path);
    expect(circles).toEqual([]);
  });

  it('of the library that browsers use reach no part of Node', () => {
    const seen = new Set<string>();
    const open = [join(src, 'index.ts')];
    const wrong: string[] = [];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (seen.has(path) || path.includes('/generated/')) continue;
      seen.add(path);
      for (const target of importsOf(path, false)) {
        if (target.startsWith(src)) open.push(target);
        else if (/^node:|^piscina$|^@resvg|^pdfkit$/.test(target))
          wrong.push(`${relative(root, path)} imports ${target}`);
      }
    }
    expect(seen.size).toBeGreaterThan(50);
    expect(wrong).toEqual([]);
  });

  it('of the page reach no part of Node', () => {
    const seen = new Set<string>();
    const open = filesBelow(page).filter((path) => !path.endsWith('.d.ts'));
    const wrong: string[] = [];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (seen.has(path) || path.includes('/generated/')) continue;
      seen.add(path);
      for (const target of importsOf(path, false)) {
        if (target.startsWith(src)) open.push(target);
        else if (/^node:|^piscina$|^hono|^pdfkit$/.test(target)) {
          wrong.push(`${relative(root, path)} imports ${target}`);
        }
      }
    }
    expect(seen.size).toBeGreaterThan(15);
    expect(wrong).toEqual([]);
  });
});

describe('the package', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const all: Record<string, string> = { ...dependencies, ...devDependencies };

  it('pins every dependency exactly', () => {
    const loose = Object.entries(all).filter(([, range]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(range));
    expect(loose).toEqual([]);
  });

  it('says in CONTRIBUTING why it has each dependency', () => {
    const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
    expect(Object.keys(all).filter((name) => !text.includes(name) && !name.startsWith('@types/'))).toEqual(
      [],
    );
  });

  it('has a line in CONTRIBUTING for each folder', () => {
    const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
    expect(Object.keys(mayImport).filter((folder) => !text.includes(`| \`src/${folder}\` |`))).toEqual([]);
  });

  it('has no folder of leftovers', () => {
    const names = files.map((path) => relative(src, path));
    expect(names.filter((name) => /(^|\/)(utils?|helpers?|common|misc)(\.ts|\/)/.test(name))).toEqual([]);
  });

  it('names the tensors of files in the families alone', () => {
    const names =
      /\bmha\.|embed\.embed|feed_forward\.fc|embed_tokens|c_attn|query_key_value|word_embeddings|lm_head/;
    const others = files.filter((path) => !path.startsWith(join(src, 'model/families')));
    expect(others.filter((path) => names.test(readFileSync(path, 'utf8')))).toEqual([]);
  });

  it('decides nothing by the words of a message', () => {
    const readsProse =
      /\.test\([^()]*\bmessage\b|\.message\.(?:includes|startsWith|endsWith|match|search)\(|\.message ===/;
    const readers = [...files, ...filesBelow(page)].filter((path) =>
      readsProse.test(readFileSync(path, 'utf8')),
    );
    // What a browser says of a full memory has no code.
    expect(readers.map((path) => relative(root, path))).toEqual(['explorer/lab/lab-run.ts']);
  });

  it('writes results to standard output in one place, which notices a full disk', () => {
    const writers = files.filter((path) => /stdout\.write|console\.log/.test(readFileSync(path, 'utf8')));
    expect(writers.map((path) => relative(src, path))).toEqual(['cli/exit.ts']);
  });

  it('keeps files small enough for one idea', () => {
    const long = [...files, ...filesBelow(page)].filter(
      (path) => readFileSync(path, 'utf8').split('\n').length > 400,
    );
    expect(long.map((path) => relative(root, path))).toEqual([]);
  });
});

describe('the map of the notebook', () => {
  it('names functions of the library that exist', async () => {
    const text = readFileSync(join(root, 'docs/notebook.md'), 'utf8');
    const rows = text
      .split('## Cells')[0]!
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) =>
      [...row.split('|')[3]!.matchAll(/`(\w+)\.(\w+)`/g)].map((match) => [match[1]!, match[2]!] as const),
    );
    const library: Record<string, object> = { ...(await import('../src/node.js')) };
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter(([space, name]) => !(name in (library[space] ?? {})))).toEqual([]);
  });

  it('names every function of it', () => {
    const text = readFileSync(join(root, 'docs/notebook.md'), 'utf8');
    for (const name of [
      ...['QKOV_matching', 'position_matching', 'match_between_layer', 'match_baseline'],
      ...['plot_dynamics_measurement', 'calc_rotary_R_mat_simple'],
    ]) {
      expect(text).toContain(name);
    }
  });
});

describe('the prose of the docs', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
  ];

  it.each(pages.filter((name) => name.endsWith('.md')))('%s has lines of 100 characters at most', (name) => {
    let isCode = false;
    const long = readFileSync(join(root, name), 'utf8')
      .split('\n')
      .filter((line) => {
        if (line.startsWith('```')) isCode = !isCode;
        // Tables, pictures, and commands that stand in one span cannot be broken.
        const canBreak = !isCode && !/^(?:\||!\[| {4})/.test(line) && !/^`[^`]*`\S*$/.test(line);
        return canBreak && [...line].length > 100;
      });
    expect(long).toEqual([]);
  });
});
