/**
 * Graphviz in a worker: DOT text in, SVG text out. WebAssembly of 1.4 MB, loaded with the first graph.
 */
import { instance } from '@viz-js/viz';

export interface LayoutRequest {
  readonly id: number;
  readonly dot: string;
}

export interface LayoutAnswer {
  readonly id: number;
  readonly svg: string;
  /** Why there is no picture; '' = there is one. */
  readonly error: string;
}

const graphviz = instance();

addEventListener('message', async ({ data }: MessageEvent<LayoutRequest>) => {
  const { id, dot } = data;
  const answer = await laidOut(dot);
  postMessage({ id, ...answer } satisfies LayoutAnswer);
});

async function laidOut(dot: string): Promise<Omit<LayoutAnswer, 'id'>> {
  try {
    const result = (await graphviz).render(dot, { format: 'svg', engine: 'dot' });
    if (result.status === 'success') return { svg: result.output, error: '' };
    return { svg: '', error: result.errors[0]?.message ?? 'Graphviz gave no reason' };
  } catch (error) {
    // WebAssembly's own traps: out of memory, stack overflow.
    return { svg: '', error: error instanceof Error ? error.message : String(error) };
  }
}
