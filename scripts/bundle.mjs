/**
 * Joins the modules of `whygo pprof` in dist/ into dist/bundle/: Node takes longer to find, read and
 * link sixty files than to report on a small profile. What is loaded on demand stays apart, and so do
 * dependencies, except for the regular expressions.
 */
import { join, relative } from 'node:path';
import { build } from 'vite';
import { root } from './toolchain.mjs';

const entry = join(root, 'dist', 'cli', 'pprof', 'main.js');
const outDir = join(root, 'dist', 'bundle');

/** Modules that look for files beside themselves still find them. */
const ownPlaces = {
  name: 'own-places',
  transform(code, id) {
    if (!code.includes('import.meta.url') || id.includes('node_modules')) return null;
    const place = JSON.stringify(relative(outDir, id).replaceAll('\\', '/'));
    return code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`);
  },
};

/**
 * Node's own modules without their ECMAScript faces, whose making loads what is behind every getter of
 * theirs (all of streams for `node:fs`): a sixth of the start.
 */
const plainBuiltins = {
  name: 'plain-builtins',
  renderChunk: (code) =>
    code.replace(/^import \{(.*)\} from "(node:[\w/]+)";$/gm, (_, names, module) => {
      const bindings = names.replaceAll(' as ', ': ');
      return `const {${bindings}} = process.getBuiltinModule("${module}");`;
    }),
};

/** What the entry needs at once, to be kept in one file. */
const needed = new Set();
const collectNeeded = {
  name: 'collect-needed',
  buildEnd() {
    const queue = [entry];
    for (const id of queue) {
      if (needed.has(id)) continue;
      needed.add(id);
      queue.push(...(this.getModuleInfo(id)?.importedIds ?? []));
    }
  },
};

await build({
  configFile: false,
  root,
  logLevel: 'warn',
  plugins: [ownPlaces, plainBuiltins, collectNeeded],
  ssr: { noExternal: ['re2js'] },
  build: {
    ssr: entry,
    outDir,
    emptyOutDir: true,
    chunkSizeWarningLimit: 2000,
    target: 'es2024',
    rolldownOptions: {
      output: {
        entryFileNames: 'pprof.js',
        chunkFileNames: '[name].js',
        codeSplitting: { groups: [{ name: 'start', test: (id) => needed.has(id) }] },
      },
    },
  },
});
