import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, defineConfig, type Plugin, type UserConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const shared = {
  root: here('./src/web'),
  base: './',
  cacheDir: here('./.cache/vite'),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
} as const satisfies UserConfig;

/** What a saved page cannot have: the workers that are files of their own. */
const withoutWorkerFiles: Plugin = {
  name: 'without-worker-files',
  enforce: 'pre',
  resolveId: (id) => (id.endsWith('?worker') ? '\0no-worker' : null),
  load: (id) =>
    id === '\0no-worker' ? 'export default class { constructor() { throw new Error(); } }' : null,
};

/** Puts the only script and the only style sheet into saved.html, and leaves nothing else. */
const oneFile: Plugin = {
  name: 'one-file',
  // After Vite has made the style sheet.
  enforce: 'post',
  generateBundle(_, bundle) {
    let page = readFileSync(here('./src/web/export/saved.html'), 'utf8');
    for (const [name, file] of Object.entries(bundle)) {
      delete bundle[name];
      const text = file.type === 'chunk' ? file.code : String(file.source);
      const [before, after] =
        file.type === 'chunk' ? ['<script type="module">', '</script>'] : ['<style>', '</style>'];
      // No text of ours may end its element early.
      const inline = text.replaceAll('</script', '<\\/script');
      page = page.replace(before + after, () => before + inline + after);
    }
    this.emitFile({ type: 'asset', fileName: 'assets/saved.html', source: page });
  },
};

/** The page that profiles are saved in: a second build, after the page itself. */
const savedPage: Plugin = {
  name: 'saved-page',
  apply: 'build',
  async closeBundle() {
    await build({
      ...shared,
      // A page from a file: address may not start a module as a worker.
      worker: { format: 'iife' },
      configFile: false,
      logLevel: 'warn',
      plugins: [withoutWorkerFiles, oneFile],
      build: {
        outDir: here('./dist/web'),
        emptyOutDir: false,
        target: 'es2024',
        cssCodeSplit: false,
        assetsInlineLimit: Number.MAX_SAFE_INTEGER,
        modulePreload: false,
        rolldownOptions: {
          input: here('./src/web/export/main.tsx'),
          output: { codeSplitting: false },
        },
      },
    });
  },
};

export default defineConfig({
  ...shared,
  plugins: [savedPage],
  build: {
    outDir: here('./dist/web'),
    emptyOutDir: true,
    target: 'es2024',
    // The saved page is built within the page's build: that takes its time.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
