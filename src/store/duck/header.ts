/**
 * The header of a profile: what all captures of one type from one process have in common.
 *
 * Kept once in the dictionary as JSON, so that a profile's row needs only its id. Times, period and
 * samples are not part of it.
 */
import type { Mapping, Profile, ValueType } from '../../profile/profile.ts';
import type { Dictionary } from './dictionary.ts';

export interface Header {
  readonly type: string;
  readonly sampleTypes: readonly ValueType[];
  readonly defaultSampleType: string;
  readonly periodType: ValueType | undefined;
  readonly mappings: readonly Mapping[];
  readonly comments: readonly string[];
  readonly dropFrames: string;
  readonly keepFrames: string;
  readonly docUrl: string;
}

export function headerText(type: string, profile: Profile): string {
  const { sampleTypes, defaultSampleType, periodType, mappings } = profile;
  const { comments, dropFrames, keepFrames, docUrl } = profile;
  return JSON.stringify(
    {
      type,
      sampleTypes,
      defaultSampleType,
      periodType,
      mappings,
      comments,
      dropFrames,
      keepFrames,
      docUrl,
    },
    (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
  );
}

interface StoredMapping extends Omit<Mapping, 'id' | 'start' | 'limit' | 'offset'> {
  readonly id: string;
  readonly start: string;
  readonly limit: string;
  readonly offset: string;
}

/** The headers of the dictionary, parsed once each. */
export class Headers {
  readonly #dictionary: Dictionary;
  readonly #parsed: Header[] = [];

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  get(id: number): Header {
    const known = this.#parsed[id];
    if (known !== undefined) return known;
    const stored: Omit<Header, 'mappings'> & { readonly mappings: readonly StoredMapping[] } =
      JSON.parse(this.#dictionary.text('header', id));
    const mappings = stored.mappings.map((mapping) => ({
      ...mapping,
      id: BigInt(mapping.id),
      start: BigInt(mapping.start),
      limit: BigInt(mapping.limit),
      offset: BigInt(mapping.offset),
    }));
    const header = { ...stored, mappings, periodType: stored.periodType };
    this.#parsed[id] = header;
    return header;
  }

  /** Ids of the headers of a profile type. */
  ofType(type: string): number[] {
    const ids: number[] = [];
    const { length } = this.#dictionary.texts('header');
    for (let id = 1; id < length; id++) {
      if (this.get(id).type === type) ids.push(id);
    }
    return ids;
  }
}
