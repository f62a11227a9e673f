/**
 * The sample loop as WebAssembly: the text is samples.wat, its bytes are kernel.wasm.ts.
 *
 * Why: a large heap profile is 61 million location references, and JavaScript pays two bounds checks
 * and a call for each; the kernel takes a third of the time, and does not wait for a compiler to warm
 * up. Why not more: it decodes only what every known encoder writes and stops before anything else,
 * so that every decision about odd or damaged input stays in samples.ts, where it can be read.
 *
 * References are decoded four at a time (masked varint decoding: Plaisance, Kurz and Lemire, "Vectorized
 * VByte Decoding", 2015). Input goes through a window of 128 KiB, so that 2 MiB do for any profile.
 */
import { SAMPLE_KERNEL } from './kernel.wasm.ts';

/** Bytes of input at a time. */
const WINDOW = 1 << 17;
/** Bytes that the kernel may read behind its input. */
const SLACK = 16;
/** Samples at a time: none is shorter than 4 bytes with a value. */
const ROWS = 1 << 14;
/** More sample types than any profile has; those with more take the plain way. */
export const KERNEL_TYPES = 8;

const INPUT_AT = 0;
const REFS_AT = INPUT_AT + WINDOW + SLACK;
const ENDS_AT = REFS_AT + WINDOW * 4;
const LABELS_AT = ENDS_AT + ROWS * 4;
const VALUES_AT = LABELS_AT + ROWS * 12;
const STRIDE = ROWS * 8;
/** Shuffles for four varints, 16 bytes for each of 2^12 patterns, then their lengths, a byte each. */
const QUADS_AT = VALUES_AT + STRIDE * KERNEL_TYPES;
const PATTERNS = 1 << 12;
const LENGTHS_AT = QUADS_AT + PATTERNS * 16;
const SUMS_AT = LENGTHS_AT + PATTERNS;
const MEMORY = SUMS_AT + KERNEL_TYPES * 8;
const PAGE = 65536;

type DecodeCall = (
  from: number,
  end: number,
  locationCount: number,
  typeCount: number,
  maxRows: number,
  refsAt: number,
  endsAt: number,
  labelsAt: number,
  valuesAt: number,
  stride: number,
  quadsAt: number,
  sumsAt: number,
  startsBase: number,
) => number;

/** Why a run of the kernel stopped. */
export const STOPPED_AT_END = 0;
export const STOPPED_AT_CUT = 1;

/** One instance and views of its memory. What the views hold is valid until the next `run`. */
export class SampleKernel {
  /** References of the last run: location row indices. */
  readonly refs: Uint32Array;
  /** For each sample of the last run: where its references end, counted from `startsBase`. */
  readonly ends: Uint32Array;
  /**
   * Three for each sample: window offsets from and to which its label fields lie, their hash. To 0: the
   * same bytes as those of the sample before, and no hash.
   */
  readonly labels: Uint32Array;
  /** A column of values for each sample type. */
  readonly values: readonly Float64Array[];
  /** Sum of absolute values for each sample type, over all runs; set it to 0 to begin anew. */
  readonly sums: Float64Array;
  /** Set by `run`: the window offset where it stopped, references written, and why it stopped. */
  stoppedAt = 0;
  refCount = 0;
  why = STOPPED_AT_END;

  private readonly input: Uint8Array;
  private readonly decode: DecodeCall;
  private readonly globals: { pos: Counter; refs: Counter; why: Counter };

  constructor(exported: KernelExports) {
    exported.memory.grow(Math.ceil(MEMORY / PAGE) - exported.memory.buffer.byteLength / PAGE);
    const buffer = exported.memory.buffer;
    this.input = new Uint8Array(buffer, INPUT_AT, WINDOW + SLACK);
    this.refs = new Uint32Array(buffer, REFS_AT, WINDOW);
    this.ends = new Uint32Array(buffer, ENDS_AT, ROWS);
    this.labels = new Uint32Array(buffer, LABELS_AT, ROWS * 3);
    this.values = Array.from(
      { length: KERNEL_TYPES },
      (_, type) => new Float64Array(buffer, VALUES_AT + type * STRIDE, ROWS),
    );
    this.sums = new Float64Array(buffer, SUMS_AT, KERNEL_TYPES);
    this.decode = exported.decode;
    this.globals = exported;
    fillQuads(
      new Uint32Array(buffer, QUADS_AT, PATTERNS * 4),
      new Uint8Array(buffer, LENGTHS_AT, PATTERNS),
    );
  }

  /** Fills the window from `from`; the number of bytes that it holds then. */
  load(bytes: Uint8Array, from: number, to: number): number {
    const length = Math.min(WINDOW, to - from);
    this.input.set(bytes.subarray(from, from + length));
    return length;
  }

  /**
   * Decodes from window offset `from` to `length`; gives the number of samples that it understood.
   * `startsBase` is the number of references before them.
   */
  run(
    from: number,
    length: number,
    locationCount: number,
    typeCount: number,
    startsBase: number,
  ): number {
    const rows = this.decode(
      INPUT_AT + from,
      INPUT_AT + length,
      locationCount,
      typeCount,
      ROWS,
      REFS_AT,
      ENDS_AT,
      LABELS_AT,
      VALUES_AT,
      STRIDE,
      QUADS_AT,
      SUMS_AT,
      startsBase,
    );
    this.stoppedAt = this.globals.pos.value - INPUT_AT;
    this.refCount = this.globals.refs.value;
    this.why = this.globals.why.value;
    return rows;
  }
}

/**
 * For every pattern of continuation bits of twelve bytes: where the bytes of its first four varints go
 * in four 32-bit lanes, and how many bytes these are. Length 0: not four varints of 1 to 3 bytes.
 *
 * There are 81 sequences of four such lengths; whatever bits follow them, the entry is the same.
 */
function fillQuads(shuffles: Uint32Array, lengths: Uint8Array): void {
  for (let sequence = 0; sequence < 81; sequence++) {
    let bits = 0;
    let length = 0;
    const lanes = [0, 0, 0, 0];
    for (let lane = 0, rest = sequence; lane < 4; lane++, rest = Math.trunc(rest / 3)) {
      const size = (rest % 3) + 1;
      let shuffle = 0;
      // An index outside the 16 input bytes gives a zero.
      for (let i = 3; i >= 0; i--) shuffle = (shuffle << 8) | (i < size ? length + i : 0xff);
      lanes[lane] = shuffle;
      bits |= ((1 << (size - 1)) - 1) << length;
      length += size;
    }
    const [first = 0, second = 0, third = 0, fourth = 0] = lanes;
    for (let pattern = bits; pattern < PATTERNS; pattern += 1 << length) {
      shuffles[pattern * 4] = first;
      shuffles[pattern * 4 + 1] = second;
      shuffles[pattern * 4 + 2] = third;
      shuffles[pattern * 4 + 3] = fourth;
      lengths[pattern] = length;
    }
  }
}

interface Counter {
  readonly value: number;
}

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  readonly decode: DecodeCall;
  readonly pos: Counter;
  readonly refs: Counter;
  readonly why: Counter;
}

let shared: SampleKernel | undefined;
let refused = false;

/** The kernel, or undefined where WebAssembly is missing or forbidden (a strict page policy). */
export function sampleKernel(): SampleKernel | undefined {
  if (shared !== undefined || refused) return shared;
  try {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(SAMPLE_KERNEL));
    // The exports of our own text; WebAssembly's interface has no types for them.
    shared = new SampleKernel(instance.exports as unknown as KernelExports);
  } catch {
    refused = true;
  }
  return shared;
}
