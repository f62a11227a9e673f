/** Standard input, whole: what `-` means in place of a file. */
import { UserError } from '../base/errors.ts';

export async function readStdin(): Promise<Uint8Array> {
  if (process.stdin.isTTY) {
    const next = 'pipe a file into it, or name the file';
    throw new UserError('no-stdin', 'Cannot read “-”: standard input is the terminal', next);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}
