/** `npm run setup`: installs and builds what is missing; `--force-build` builds in any case. */
import { setup } from './toolchain.mjs';

setup({ forceBuild: process.argv.includes('--force-build') });
