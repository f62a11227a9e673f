import { describeStore } from '../conformance.ts';
import { openDuckStore } from './open.ts';

describeStore({
  name: 'the embedded store',
  open: (folder) => openDuckStore(folder, { memoryLimit: '256MB', threads: 2 }),
});
