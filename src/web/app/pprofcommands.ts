/** What can be done with the profile as a whole on the page of `whygo pprof -http`. */
import { DOWNLOAD_ADDRESS } from '../data/pprof.ts';
import type { Command } from './commands.ts';
import { chooseFiles } from './drop.tsx';
import type { PprofPage } from './pprofpage.ts';

export function pprofCommands(pprof: PprofPage): readonly Command[] {
  return [
    {
      id: 'pprof.reload',
      title: 'Read the profile again',
      group: 'Page',
      keys: ['Shift+R'],
      run: () => pprof.reload(),
    },
    {
      id: 'pprof.compare',
      title: 'Compare with a profile from this machine',
      group: 'Page',
      run: () => chooseBase(pprof),
    },
    {
      id: 'pprof.compare-no-more',
      title: 'End the comparison',
      group: 'Page',
      when: () => (pprof.head.value?.base ?? '') !== '',
      run: () => pprof.compareNoMore(),
    },
    {
      id: 'pprof.download',
      title: 'Download the profile (pprof, gzip)',
      group: 'Page',
      run: () => location.assign(DOWNLOAD_ADDRESS),
    },
  ];
}

/** Lets a person choose the profile to compare with. */
export function chooseBase(pprof: PprofPage): void {
  chooseFiles(([file]) => {
    if (file !== undefined) pprof.compare(file);
  });
}
