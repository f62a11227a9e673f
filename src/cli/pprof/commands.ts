/**
 * pprof's commands: what each prints, and how its output is shown (internal/driver/commands.go of Go
 * 1.26).
 */
import type { ReportFormat } from '../../report/pprof/options.ts';

export interface PprofCommand {
  readonly format: ReportFormat;
  /** Takes a regular expression or an address. */
  readonly hasParameter: boolean;
  /** Picture format that the report is turned into by Graphviz. */
  readonly picture?: 'svg' | 'png' | 'gif' | 'pdf' | 'ps';
  /** The picture is an SVG that can be moved and zoomed in a browser. */
  readonly interactive?: true;
  /** File ending when the output must not go to a terminal. */
  readonly fileEnding?: string;
  /** Programs that show it, tried in order. */
  readonly viewers?: readonly string[];
  readonly description: string;
}

const plain = (format: ReportFormat, description: string): PprofCommand => ({
  format,
  hasParameter: false,
  description,
});

const asked = (format: ReportFormat, description: string): PprofCommand => ({
  format,
  hasParameter: true,
  description,
});

const BROWSER = ['chrome', 'google-chrome', 'chromium', 'firefox', 'sensible-browser'];

export const COMMANDS: Readonly<Record<string, PprofCommand>> = {
  comments: plain('comments', 'Output all profile comments'),
  disasm: asked('disasm', 'Output assembly listings annotated with samples'),
  dot: plain('dot', 'Outputs a graph in DOT format'),
  list: asked('list', 'Output annotated source for functions matching regexp'),
  peek: asked('tree', 'Output callers/callees of functions matching regexp'),
  raw: plain('raw', 'Outputs a text representation of the raw profile'),
  tags: plain('tags', 'Outputs all tags in the profile'),
  text: plain('text', 'Outputs top entries in text form'),
  top: plain('text', 'Outputs top entries in text form'),
  traces: plain('traces', 'Outputs all profile samples in text form'),
  tree: plain('tree', 'Outputs a text rendering of call graph'),
  callgrind: {
    ...plain('callgrind', 'Outputs a graph in callgrind format'),
    fileEnding: 'callgraph.out',
  },
  proto: {
    ...plain('proto', 'Outputs the profile in compressed protobuf format'),
    fileEnding: 'pb.gz',
  },
  topproto: {
    ...plain('topproto', 'Outputs top entries in compressed protobuf format'),
    fileEnding: 'pb.gz',
  },
  gif: {
    ...plain('dot', 'Outputs a graph image in GIF format'),
    picture: 'gif',
    fileEnding: 'gif',
  },
  pdf: { ...plain('dot', 'Outputs a graph in PDF format'), picture: 'pdf', fileEnding: 'pdf' },
  png: {
    ...plain('dot', 'Outputs a graph image in PNG format'),
    picture: 'png',
    fileEnding: 'png',
  },
  ps: { ...plain('dot', 'Outputs a graph in PS format'), picture: 'ps', fileEnding: 'ps' },
  svg: {
    ...plain('dot', 'Outputs a graph in SVG format'),
    picture: 'svg',
    interactive: true,
    fileEnding: 'svg',
  },
  eog: { ...plain('dot', 'Visualize graph through eog'), picture: 'svg', viewers: ['eog'] },
  evince: {
    ...plain('dot', 'Visualize graph through evince'),
    picture: 'pdf',
    viewers: ['evince'],
  },
  gv: {
    ...plain('dot', 'Visualize graph through gv'),
    picture: 'ps',
    viewers: ['gv --noantialias'],
  },
  web: {
    ...plain('dot', 'Visualize graph through web browser'),
    picture: 'svg',
    interactive: true,
    viewers: BROWSER,
  },
  kcachegrind: {
    ...plain('callgrind', 'Visualize report in KCachegrind'),
    viewers: ['kcachegrind'],
  },
  weblist: { ...asked('weblist', 'Display annotated source in a web browser'), viewers: BROWSER },
  // Beyond pprof.
  csv: plain('csv', 'Outputs top entries as comma-separated values'),
  flamegraph: {
    ...plain('flamegraph', 'Outputs a flame graph in SVG format'),
    fileEnding: 'svg',
  },
  folded: plain('folded', 'Outputs folded stacks, as flame graph tools read them'),
  html: {
    ...plain('html', 'Saves the page on the profile as one HTML file that opens offline'),
    fileEnding: 'html',
  },
  json: plain('json', 'Outputs top entries in JSON'),
};
