/** A profile as a program without symbols writes it. */
import type { Profile } from '../../src/profile/profile.ts';

/** The same profile, with addresses only. */
export function withoutLines(profile: Profile): Profile {
  const { functions, locations } = profile;
  return {
    ...profile,
    mappings: profile.mappings.map((mapping) => ({
      ...mapping,
      hasFunctions: false,
      hasFilenames: false,
      hasLineNumbers: false,
      hasInlineFrames: false,
    })),
    functions: {
      length: 0,
      id: functions.id.slice(0, 0),
      name: functions.name.slice(0, 0),
      systemName: functions.systemName.slice(0, 0),
      filename: functions.filename.slice(0, 0),
      startLine: functions.startLine.slice(0, 0),
    },
    locations: {
      ...locations,
      lineStart: new Uint32Array(locations.length + 1),
      lineFunction: new Int32Array(),
      lineNumber: new Float64Array(),
      lineColumn: new Float64Array(),
    },
  };
}
