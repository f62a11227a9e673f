/**
 * What the page of `whygo pprof -http` asks its server, beside the trees and labels of wire.ts.
 *
 * Every question is a GET below `api/v1/` of the page, with pprof's own parameters (`f`, `i`, `si`, …):
 *
 *   head       → PageHead            what is open
 *   tree       ?zoom=frame…&inverted=1&label.K=V&group=K&within=ns-ns  → PageTree, or PageDiff when there is a base
 *   labels     ?key                  → Labels
 *   findings                         → Findings
 *   graph      → WireCallGraph       nodes and Graphviz's input
 *   peek       ?symbol               → WirePeek
 *   source     ?symbol               → WireSource
 *   disasm     ?symbol               → WireAssembly
 *   notes · who?own=module… · labeltable · heatmap   → of src/report/reading, as JSON
 *   configs    → {configs: SavedConfig[]}   named configurations, against the asked parameters
 *
 * POST reload fetches the sources again; POST base makes its body the profile to compare with, DELETE
 * base takes it away: all three answer a PageHead.
 */
import { z } from 'zod';
import { WireDiff, WireTree } from './wire.ts';

export const PageHead = z.object({
  /** What a person calls it: the file, or the host. */
  title: z.string(),
  /** Every source, as it was named on the command line. */
  sources: z.array(z.string()),
  /** The profile that is compared with; '' = none. */
  base: z.string(),
  /** `cpu`, `heap`, …; see report/reading/kind.ts. */
  type: z.string(),
  /** The default first. */
  sampleTypes: z.array(z.object({ type: z.string(), unit: z.string() })),
  /** pprof's lines on the profile: File, Build ID, Type, Time, Duration. */
  details: z.array(z.string()),
  /** Address of a text on the profile type that the profile itself names; '' = none. */
  docUrl: z.string(),
  /** Unix milliseconds. */
  openedAt: z.number(),
});
export type PageHead = z.infer<typeof PageHead>;

const ofPage = {
  /** Value of everything before the filters: what shares are of. */
  grandTotal: z.number(),
  /** Of filters that matched nothing. */
  warnings: z.array(z.string()).readonly(),
};
export const PageTree = WireTree.extend(ofPage);
export type PageTree = z.infer<typeof PageTree>;
export const PageDiff = WireDiff.extend(ofPage);
export type PageDiff = z.infer<typeof PageDiff>;

const GraphNode = z.object({
  name: z.string(),
  functionName: z.string(),
  flat: z.number(),
  cum: z.number(),
});

export const WireCallGraph = z.object({
  nodes: z.array(GraphNode).readonly(),
  dot: z.string(),
  legend: z.array(z.string()).readonly(),
  total: z.number(),
  unit: z.string(),
  /** Of filters that matched nothing. */
  warnings: z.array(z.string()).readonly(),
});
export type WireCallGraph = z.infer<typeof WireCallGraph>;

const Neighbour = z.object({
  name: z.string(),
  functionName: z.string(),
  value: z.number(),
  inline: z.boolean(),
});

export const WirePeek = z.object({
  nodes: z
    .array(
      GraphNode.extend({
        callers: z.array(Neighbour).readonly(),
        callees: z.array(Neighbour).readonly(),
      }),
    )
    .readonly(),
  matched: z.number(),
  total: z.number(),
  unit: z.string(),
  warnings: z.array(z.string()).readonly(),
});
export type WirePeek = z.infer<typeof WirePeek>;

/** An instruction; addresses are hexadecimal, without 0x. */
const Instruction = z.object({
  address: z.string(),
  text: z.string(),
  flat: z.number(),
  cum: z.number(),
  file: z.string(),
  line: z.number(),
});

const SourceLine = z.object({
  /** 0 = instructions whose line is not known. */
  line: z.number(),
  text: z.string(),
  flat: z.number(),
  cum: z.number(),
  instructions: z.array(
    Instruction.extend({
      startsBlock: z.boolean(),
      inlinedCalls: z.array(z.object({ file: z.string(), line: z.number() })),
    }),
  ),
});
export type SourceLine = z.infer<typeof SourceLine>;

export const WireSource = z.object({
  functions: z.array(
    z.object({
      name: z.string(),
      /** '' = the profile names none. */
      file: z.string(),
      flat: z.number(),
      cum: z.number(),
      lines: z.array(SourceLine),
      /** Why there is no text; '' = there is. */
      error: z.string(),
    }),
  ),
  /** How many functions matched; `functions` has the heaviest. */
  matched: z.number(),
  total: z.number(),
  unit: z.string(),
  /** Why lines have no machine code; '' = they have. */
  noCode: z.string(),
});
export type WireSource = z.infer<typeof WireSource>;

export const WireAssembly = z.object({
  routines: z.array(
    z.object({
      name: z.string(),
      binary: z.string(),
      /** GOARCH; without instructions, nothing disassembles it. */
      architecture: z.string(),
      flat: z.number(),
      cum: z.number(),
      instructions: z.array(Instruction.extend({ function: z.string() })),
    }),
  ),
  matched: z.number(),
  total: z.number(),
  unit: z.string(),
});
export type WireAssembly = z.infer<typeof WireAssembly>;

export const WireNotes = z.object({
  notes: z.array(
    z.object({
      id: z.string(),
      level: z.enum(['caution', 'fact']),
      text: z.string(),
      evidence: z.array(z.string()),
      source: z.string(),
    }),
  ),
});

export const WireWho = z.object({
  question: z.string(),
  sentence: z.string(),
  rows: z.array(
    z.object({
      name: z.string(),
      file: z.string(),
      value: z.number(),
      lines: z.array(z.object({ file: z.string(), line: z.number(), value: z.number() })),
      via: z.array(z.object({ name: z.string(), value: z.number() })),
    }),
  ),
  rest: z.array(z.object({ title: z.string(), value: z.number() })),
  total: z.number(),
  unit: z.string(),
});

export const WireLabelTable = z.object({
  total: z.number(),
  unit: z.string(),
  keys: z.array(
    z.object({
      key: z.string(),
      kind: z.enum(['text', 'number']),
      unit: z.string(),
      distinct: z.number(),
      values: z.array(
        z.object({
          /** Left out = the samples without this label. */
          value: z.string().optional(),
          total: z.number(),
          samples: z.number(),
        }),
      ),
      distribution: z.array(
        z.object({ from: z.number(), to: z.number(), total: z.number(), samples: z.number() }),
      ),
    }),
  ),
});

export const WireHeatMap = z.object({
  /** Left out = the samples do not tell their time. */
  map: z
    .object({
      key: z.string(),
      startMs: z.number().optional(),
      column: z.number(),
      columns: z.number(),
      rows: z.number(),
      cells: z.array(z.number()),
      unit: z.string(),
      length: z.number(),
    })
    .optional(),
});

export const SavedConfig = z.object({
  name: z.string(),
  /** `?` and the parameters that show it. */
  url: z.string(),
  /** Whether the asked parameters are this one. */
  current: z.boolean(),
  /** False for the one that always exists. */
  userConfig: z.boolean(),
});
export type SavedConfig = z.infer<typeof SavedConfig>;

export const SavedConfigs = z.object({ configs: z.array(SavedConfig) });
