/** `npm start`: sets up, then runs the demo service under continuous profiling. */
import { join } from 'node:path';
import { becomeNode, root, setup } from './toolchain.mjs';

setup();
becomeNode([join(root, 'dist', 'cli', 'main.js'), 'demo', ...process.argv.slice(2)]);
