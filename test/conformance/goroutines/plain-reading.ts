/**
 * What a dump's text says, read in the most plain way: the judge where a peer and we differ.
 *
 * Whole lines only: a header, a call and the place below it, `created by` and the place below it.
 * It knows nothing of log lines, prefixes and chunks. Ancestors and elided frames are no goroutines
 * and no frames of their own to it.
 */
import type { ReadFrame, ReadGoroutine } from './peers.ts';

const HEADER = /^goroutine (\d+) (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[(.*)\].*:$/;

export function plainReading(text: string): ReadGoroutine[] {
  const lines = text.split('\n');
  // A last line without its end is whole only when something stands behind the line's number.
  if (!/:\d+ \+0x/.test(lines.at(-1) ?? '')) lines.pop();
  const found: ReadGoroutine[] = [];
  for (let i = 0; i < lines.length; i++) {
    const header = HEADER.exec(lines[i]);
    if (header === null) continue;
    const [, id, brackets] = header;
    const end = lines.findIndex((line, at) => at > i && (line === '' || HEADER.test(line)));
    const body = lines.slice(i + 1, end < 0 ? lines.length : end);
    const own = body.findIndex((line) => line.startsWith('[originating from'));
    found.push({
      ...attributesOf(brackets),
      id: Number(id),
      ...stackOf(own < 0 ? body : body.slice(0, own)),
    });
  }
  return [...found, ...accessesOf(text)];
}

/** The two sides of each race report. */
function accessesOf(text: string): ReadGoroutine[] {
  return text
    .split('WARNING: DATA RACE\n')
    .slice(1)
    .flatMap((report) => {
      const sections = report.split(/\n\n|\n=+\n/);
      const created = sections.filter((section) => section.startsWith('Goroutine '));
      return sections
        .filter((section) => /^(Previous )?(read|write) at/i.test(section))
        .map((section) => {
          const id = Number(/by goroutine (\d+)/.exec(section)?.[1] ?? 0);
          const creation = created.find((one) => one.startsWith(`Goroutine ${id} `)) ?? '';
          const [createdBy = null] = raceFrames(creation);
          const stack = raceFrames(section);
          return { id, state: '', waitMinutes: 0, lockedToThread: false, stack, createdBy };
        });
    });
}

function raceFrames(section: string): ReadFrame[] {
  const frames = section.matchAll(/^ {2}(\S.*)\(\)\n {6}(.*):(\d+)/gm);
  return Array.from(frames, ([, name, file, line]) => ({
    function: name,
    file,
    line: Number(line),
  }));
}

function attributesOf(brackets: string) {
  const [state, ...others] = brackets.replace(/ labels:\{.*\}$/, '').split(', ');
  const minutes = others.map((other) => /^(\d+) minutes$/.exec(other)?.[1]).find(Boolean);
  return {
    state,
    waitMinutes: Number(minutes ?? 0),
    lockedToThread: others.includes('locked to thread'),
  };
}

function stackOf(body: readonly string[]): { stack: ReadFrame[]; createdBy: ReadFrame | null } {
  const stack: ReadFrame[] = [];
  for (let i = 0; i + 1 < body.length; i++) {
    const place = /^\t(.*):(\d+)(?: .*)?$/.exec(body[i + 1]);
    if (place === null) continue;
    const frame = (name: string) => ({ function: name, file: place[1], line: Number(place[2]) });
    const created = /^created by (\S+)/.exec(body[i])?.[1];
    if (created !== undefined) return { stack, createdBy: frame(created) };
    const call = /^(\S.*)\([^()]*\)$/.exec(body[i])?.[1];
    if (call !== undefined) stack.push(frame(call));
  }
  return { stack, createdBy: null };
}
