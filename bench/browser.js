/**
 * The forward pass of GPT-2's shape in a worker of a real Chromium beside the same code in Node: 50 sequences of 50 tokens with the
 * attention maps of all heads. The weights are a file of 0.5 GB that the page was given, read by range. Writes bench/results/browser.md.
 *
 *     npm run bench -- browser [--rounds 4]
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { openFile } from '../dist/files/open-file.js';
import { forward } from '../dist/index.js';
import { openWeights, pass } from './browser-pass.js';
import { measureProcess, python } from './process.js';
import { atLeast, machine, table, writeResults } from './report.js';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '4' } } });
const rounds = Number(values.rounds);
const root = fileURLToPath(new URL('../', import.meta.url));
const executablePath = [process.env.CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  existsSync,
);
if (executablePath === undefined) {
  process.stderr.write('no Chromium was found: install one (Debian: apt-get install chromium)\n');
  process.exit(1);
}

/** The worker's code as one script. */
async function workerScript() {
  const { output } = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: join(root, 'bench/browser-pass.js'), formats: ['iife'], name: 'pass' },
    },
  }).then((built) => [built].flat()[0]);
  return output[0].code;
}

const folder = mkdtempSync(join(tmpdir(), 'bridgescope-browser-'));
let browser;
try {
  const model = join(folder, 'gpt2');
  measureProcess(python, [join(root, 'tools/make_model_shapes.py'), model, 'gpt2']);
  const config = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8'));
  const file = join(model, 'model.safetensors');
  const length = 50;
  const { tokens } = forward.repeatedTokens({
    vocabSize: config.vocab_size,
    repeats: 2,
    sequences: 50,
    segment: length / 2,
  });
  const weights = openWeights(config, openFile(file));

  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage();
  writeFileSync(join(folder, 'page.html'), '<input type="file" id="file">');
  await page.goto(`file://${join(folder, 'page.html')}`);
  await page.setInputFiles('#file', file);
  await page.evaluate(
    ([script, config]) => {
      const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
      window.worker = new Worker(url);
      window.worker.postMessage({ config, file: document.getElementById('file').files[0] });
    },
    [await workerScript(), config],
  );
  const passInPage = (length) =>
    page.evaluate(
      ([tokens, length]) =>
        new Promise((resolve, reject) => {
          window.worker.onmessage = ({ data }) => resolve(data);
          window.worker.onerror = ({ message }) => reject(new Error(message));
          window.worker.postMessage({ tokens: Int32Array.from(tokens), length });
        }),
      [[...tokens], length],
    );

  const here = [];
  const there = [];
  for (let round = 0; round < rounds; round++) {
    here.push(pass(weights, tokens, length));
    there.push(await passInPage(length));
  }
  const [expected, found] = [here[0].sum, there[0].sum];
  if (!(Math.abs(found - expected) <= 1e-6 * Math.abs(expected)))
    throw new Error(`the maps in the browser sum to ${found}, in Node to ${expected}`);
  const least = (passes) => Math.min(...passes.map(({ milliseconds }) => milliseconds));
  const [node, worker] = [least(here), least(there)];
  writeResults(
    'browser',
    `## Models run in a browser

Written by \`npm run bench -- browser\`. ${machine()} Chromium ${browser.version()}. Weights are random.

GPT-2's shape: 12 layers of 12 heads, d 768, 50 sequences of 50 tokens, attention maps of all heads; one thread of each, weights read from the
file by range and packed in every pass. The weighted sum of all maps is ${found === expected ? 'the same number' : 'the same to six digits'} in both. Wall time, the least of ${rounds} rounds in turns:

${table(
  ['', 'ms', 'pace'],
  [
    ['Node', node.toFixed(0), '1'],
    ['a worker of the page', worker.toFixed(0), (node / worker).toFixed(2)],
  ],
)}

Pace: ${atLeast((100 * node) / worker, 90, ' %', 0)}.
`,
  );
} finally {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
}
