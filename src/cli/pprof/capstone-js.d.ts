/** The package has no types of its own; this is what is used of it. */
declare module '@alexaltea/capstone-js' {
  import type { CapstoneLibrary } from '../../binary/machine/capstone.ts';

  const load: () => Promise<CapstoneLibrary>;
  export = load;
}
