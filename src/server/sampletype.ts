/** Which sample type a query means when it names none: the default of the profiles it finds. */
import { UserError } from '../base/errors.ts';
import type { ProfileQuery, Store } from '../store/store.ts';

/** Go's own defaults, where the last sample type of the profile is not the one (pprof's rule). */
const DEFAULTS: Readonly<Record<string, string>> = {
  cpu: 'cpu',
  heap: 'inuse_space',
  allocs: 'alloc_space',
  block: 'delay',
  mutex: 'delay',
};

export async function sampleTypeOf(
  store: Store,
  query: ProfileQuery,
  asked: string | undefined,
): Promise<string> {
  if (asked !== undefined) return asked;
  const services = await store.services();
  const known = services
    .filter((info) => query.service === undefined || info.service === query.service)
    .flatMap((info) => info.types.filter((t) => t.type === query.type))
    .flatMap((info) => info.sampleTypes.map((t) => t.type));
  const named = DEFAULTS[query.type];
  if (named !== undefined && (known.length === 0 || known.includes(named))) return named;
  const last = known.at(-1);
  if (last !== undefined) return last;
  throw new UserError(
    'unknown-type',
    `There are no profiles of type “${query.type}”`,
    'ask /api/v1/services for the types that there are',
  );
}
