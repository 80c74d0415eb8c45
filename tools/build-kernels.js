// Compiles every AssemblyScript entry in src/kernels/assembly to WebAssembly, embedded as base64 in a TypeScript module,
// so that Node, worker threads and browsers load the same bytes without a file path.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const sources = fileURLToPath(new URL('../src/kernels/assembly/', import.meta.url));
const output = fileURLToPath(new URL('../src/kernels/generated/', import.meta.url));

const features = ['simd', 'bulk-memory', 'sign-extension', 'nontrapping-f2i', 'mutable-globals'];

/** Newest change among all sources: shared files are imported by several entries. */
function newest(folder) {
  return Math.max(
    statSync(fileURLToPath(import.meta.url)).mtimeMs,
    ...readdirSync(folder, { recursive: true }).map((name) => statSync(`${folder}/${name}`).mtimeMs),
  );
}

function modifiedAt(file) {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}

async function compile(entry, name, extra) {
  const target = `${output}${name}.ts`;
  if (modifiedAt(target) > newest(sources)) return;
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
  writeFileSync(target, `export default '${base64}';\n`);
  process.stderr.write(`kernels: ${name} ${files.get('kernel.wasm').length} bytes\n`);
}

mkdirSync(output, { recursive: true });
const entries = readdirSync(sources)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -3));
for (const entry of entries) await compile(entry, entry, []);
// The same source with fused multiply-add, for those who ask for speed over the same bits everywhere.
await compile('model', 'model-relaxed', ['--enable', 'relaxed-simd']);
