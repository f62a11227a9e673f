/**
 * What is due on one target, and when. Pure bookkeeping: nobody waits or fetches here.
 *
 * Every type has its own rhythm; a task that failed waits longer, one that the program does not have
 * is asked for only now and then. Snapshots come before the CPU profile when both are due, because
 * they take milliseconds and it takes seconds.
 */
import type { ProfileConfig } from './config/profiles.ts';

export interface Task {
  readonly profile: ProfileConfig;
  /** Unix milliseconds. */
  dueAt: number;
  failures: number;
  /** The program answered that there is no such profile. */
  absent: boolean;
}

const absentMillis = 600_000;
const maxFailureFactor = 16;

export class TaskList {
  readonly #tasks = new Map<string, Task>();

  get tasks(): readonly Task[] {
    return [...this.#tasks.values()];
  }

  has(type: string): boolean {
    return this.#tasks.has(type);
  }

  add(profile: ProfileConfig, dueAt: number): void {
    if (this.#tasks.has(profile.type)) return;
    this.#tasks.set(profile.type, { profile, dueAt, failures: 0, absent: false });
  }

  /** The process answers (again): everything is due at that time. */
  restart(dueAt: number): void {
    for (const task of this.#tasks.values()) {
      task.dueAt = dueAt;
      task.failures = 0;
      task.absent = false;
    }
  }

  /** The earliest; of several, the one that takes the least time. Undefined when there is none. */
  next(): Task | undefined {
    let best: Task | undefined;
    for (const task of this.#tasks.values()) {
      if (best === undefined || before(task, best)) best = task;
    }
    return best;
  }

  succeeded(task: Task, now: number): void {
    task.failures = 0;
    task.absent = false;
    task.dueAt = nextSlot(task, now, task.profile.intervalMillis);
  }

  failed(task: Task, now: number): void {
    task.failures++;
    const factor = Math.min(2 ** (task.failures - 1), maxFailureFactor);
    task.dueAt = nextSlot(task, now, task.profile.intervalMillis * factor);
  }

  missing(task: Task, now: number): void {
    task.absent = true;
    task.dueAt = now + Math.max(absentMillis, task.profile.intervalMillis);
  }

  /** True when the program has none of all that was asked for. */
  get allAbsent(): boolean {
    return this.#tasks.size > 0 && this.tasks.every((task) => task.absent);
  }
}

function before(a: Task, b: Task): boolean {
  if (a.dueAt !== b.dueAt) return a.dueAt < b.dueAt;
  return (a.profile.seconds ?? 0) < (b.profile.seconds ?? 0);
}

/** Keeps to the rhythm while it is at most one interval late; then it begins a new one. */
function nextSlot(task: Task, now: number, intervalMillis: number): number {
  const next = task.dueAt + intervalMillis;
  return next < now - intervalMillis ? now : next;
}
