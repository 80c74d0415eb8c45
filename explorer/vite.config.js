import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';

const root = fileURLToPath(new URL('.', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/**
 * A page that stands alone has no second file to load, so `./x.ts?worker` becomes `./x.ts?worker&inline` in it: the
 * code that starts a worker is the same in both builds.
 */
const inlineWorkers = {
  name: 'inline-workers',
  enforce: 'pre',
  async resolveId(id, importer, options) {
    if (!id.endsWith('?worker')) return null;
    return this.resolve(`${id}&inline`, importer, { ...options, skipSelf: true });
  },
};

/** `vite build` makes the page that `explore` serves; `vite build --mode report` the one file that `report` fills. */
export default defineConfig(({ mode }) => {
  const report = mode === 'report';
  return {
    root,
    base: './',
    logLevel: 'warn',
    plugins: report ? [inlineWorkers, viteSingleFile({ removeViteModuleLoader: true })] : [],
    define: { __REPORT__: JSON.stringify(report), __VERSION__: JSON.stringify(version) },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    worker: { format: report ? 'iife' : 'es' },
    build: {
      outDir: `../dist/${report ? 'report-page' : 'explorer'}`,
      emptyOutDir: true,
      // The lab is a page of its own as well, which any server of files can host.
      rollupOptions: {
        input: (report ? ['index.html'] : ['index.html', 'lab.html']).map((name) => `${root}${name}`),
      },
      target: 'es2022',
      modulePreload: { polyfill: false },
      // Fonts and pictures stay files: the page's policy has no data: URLs for scripts or styles.
      assetsInlineLimit: report ? 100_000_000 : 0,
      chunkSizeWarningLimit: 1000,
    },
  };
});
