/**
 * V8's .cpuprofile (`node --cpu-prof`, Chrome DevTools).
 *
 * Format: Profiler.Profile of the Chrome DevTools protocol. Lines are 0-based there. A sample lasts until
 * the next one, so that `(idle)` has its time too. Cost: JSON.parse, then one pass.
 */
import { type Imported, Importer, textOf } from './imported.ts';
import { JsonReader, optionalText, parseJson } from './json.ts';

const FORMAT = 'V8 CPU profile';
const json = new JsonReader(FORMAT);
const MAX_DEPTH = 100_000;

/** Looks at the beginning of a JSON text. */
export function looksLikeCpuProfile(head: string): boolean {
  return /"nodes"\s*:\s*\[/.test(head) && /"callFrame"\s*:/.test(head);
}

interface Node {
  readonly location: number;
  parent: number;
}

/** Throws `DecodeError`. */
export function decodeCpuProfile(bytes: Uint8Array): Imported {
  const text = textOf(bytes, FORMAT);
  const file = json.object(parseJson(text, FORMAT), '');
  const importer = new Importer(FORMAT, [
    { type: 'samples', unit: 'count' },
    { type: 'wall', unit: 'nanoseconds' },
  ]);
  const nodes = readNodes(json.array(file.nodes, 'nodes'), importer);
  const samples = json.array(file.samples, 'samples');
  const deltas = json.array(file.timeDeltas, 'timeDeltas');
  const micros = deltas.map((delta, i) => json.number(delta, `timeDeltas[${i}]`));
  const start = json.number(file.startTime, 'startTime');
  const end = json.number(file.endTime, 'endTime');
  let now = start;
  samples.forEach((sample, i) => {
    const id = json.number(sample, `samples[${i}]`);
    now += micros[i] ?? 0;
    const next = i + 1 < samples.length ? (micros[i + 1] ?? 0) : Math.max(0, end - now);
    const nanos = Math.round(next * 1000);
    if (!Number.isSafeInteger(nanos)) throw json.fail(`timeDeltas[${i}]`, 'is no time');
    importer.add(stackOf(nodes, id, `samples[${i}]`), [1, nanos]);
  });
  const duration = Math.round((end - start) * 1000);
  const durationNanos = Number.isSafeInteger(duration) ? BigInt(duration) : 0n;
  return importer.finish(text, { durationNanos });
}

function readNodes(list: readonly unknown[], importer: Importer): Map<number, Node> {
  const nodes = new Map<number, Node>();
  const children: (readonly [parent: number, child: number])[] = [];
  list.forEach((value, i) => {
    const path = `nodes[${i}]`;
    const node = json.object(value, path);
    const id = json.number(node.id, `${path}.id`);
    const frame = json.object(node.callFrame, `${path}.callFrame`);
    const line = typeof frame.lineNumber === 'number' ? frame.lineNumber + 1 : 0;
    const name = optionalText(frame.functionName);
    const location = importer.location({
      name: name === '' ? '(anonymous)' : name,
      file: optionalText(frame.url),
      line: Number.isSafeInteger(line) && line > 0 ? line : 0,
    });
    nodes.set(id, { location, parent: typeof node.parent === 'number' ? node.parent : 0 });
    if (node.children !== undefined) {
      json.array(node.children, `${path}.children`).forEach((child, j) => {
        children.push([id, json.number(child, `${path}.children[${j}]`)]);
      });
    }
  });
  for (const [parent, child] of children) {
    const node = nodes.get(child);
    if (node === undefined) throw json.fail('nodes', `has no node ${child}`);
    node.parent = parent;
  }
  return nodes;
}

/** Leaf first, without V8's (root). */
function stackOf(nodes: ReadonlyMap<number, Node>, leaf: number, path: string): number[] {
  const stack: number[] = [];
  let node = nodes.get(leaf);
  if (node === undefined) throw json.fail(path, `is of no node: ${leaf}`);
  while (node !== undefined && nodes.has(node.parent)) {
    stack.push(node.location);
    if (stack.length > MAX_DEPTH) throw json.fail(path, 'has a stack without an end');
    node = nodes.get(node.parent);
  }
  return stack;
}
