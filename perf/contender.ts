/** A program that takes file names and gives an answer, a line of JSON, for each. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class Contender<Answer> {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly answers: AsyncIterator<string>;

  constructor(command: readonly string[]) {
    const [program = '', ...args] = command;
    this.child = spawn(program, args);
    this.child.stderr.pipe(process.stderr);
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async run(file: string): Promise<Answer> {
    this.child.stdin.write(`${file}\n`);
    const { value, done } = await this.answers.next();
    if (done === true) throw new Error(`${this.child.spawnfile} ended early`);
    return JSON.parse(value);
  }

  end(): void {
    this.child.stdin.end();
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
