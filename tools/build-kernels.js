// Compiles every AssemblyScript entry in src/kernels/assembly to WebAssembly, embedded as base64 in a TypeScript module,
// so that Node, worker threads and browsers load the same bytes without a file path; the module's interface stands beside
// the bytes, with the types that the compiler gives.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const sources = fileURLToPath(new URL('../src/kernels/assembly/', import.meta.url));
const output = fileURLToPath(new URL('../src/kernels/generated/', import.meta.url));

const features = ['simd', 'bulk-memory', 'sign-extension', 'nontrapping-f2i', 'mutable-globals'];

/**
 * A hash of everything a module is made from: shared files are imported by several entries. Times of files would not do:
 * a source saved while an earlier state of it compiles is older than the result, and the stale result would stay.
 */
function hashOfSources() {
  const hash = createHash('sha256').update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of readdirSync(sources, { recursive: true }).sort()) {
    if (name.endsWith('.ts')) hash.update(`${name}\n`).update(readFileSync(`${sources}${name}`));
  }
  return hash.digest('hex');
}

function isMadeFrom(target, hash) {
  try {
    return readFileSync(target, 'utf8').startsWith(`// ${hash}\n`);
  } catch {
    return false;
  }
}

/** The functions of the compiler's declarations as one interface. A flag that comes back is a number of WebAssembly, 0 or 1. */
function interfaceOf(declarations) {
  const functions = [...declarations.matchAll(/^ {2}export function (.*);$/gm)].map(([, signature]) =>
    signature.replace(/boolean$/, 'number'),
  );
  return `export interface Kernels {\n${functions.map((signature) => `  ${signature};\n`).join('')}}\n`;
}

async function compile(entry, name, extra) {
  const target = `${output}${name}.ts`;
  const hash = hashOfSources();
  if (isMadeFrom(target, hash)) return;
  const files = new Map();
  const { error, stderr } = await asc.main(
    [
      `${entry}.ts`,
      '--outFile',
      'kernel.wasm',
      '--runtime',
      'stub',
      '--noAssert',
      '-O3',
      '--converge',
      '--importMemory',
      '--bindings',
      'raw',
      '--use',
      'abort=',
      ...features.flatMap((feature) => ['--enable', feature]),
      ...extra,
    ],
    {
      readFile: (file) => {
        try {
          return readFileSync(`${sources}${file}`, 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (file, contents) => files.set(file, contents),
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${entry}: ${error.message}\n${stderr.toString()}`);
  const base64 = Buffer.from(files.get('kernel.wasm')).toString('base64');
  // Renamed into place: tests may load it while another build runs.
  const partial = `${target}.${process.pid}`;
  const types = interfaceOf(files.get('kernel.d.ts'));
  writeFileSync(partial, `// ${hash}\nexport default '${base64}';\n\n${types}`);
  renameSync(partial, target);
  process.stderr.write(`kernels: ${name} ${files.get('kernel.wasm').length} bytes\n`);
}

mkdirSync(output, { recursive: true });
const entries = readdirSync(sources)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -3));
for (const entry of entries) await compile(entry, entry, []);
// The same source with fused multiply-add, for those who ask for speed over the same bits everywhere.
await compile('model', 'model-relaxed', ['--enable', 'relaxed-simd']);
