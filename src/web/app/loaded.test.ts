import { describe, expect, test } from 'vitest';
import { UserError } from '../../base/errors.ts';
import { lastOf, Question } from './loaded.ts';

const down = new UserError('server-unreachable', 'The server does not answer', 'Start it');

describe('a question', () => {
  test('keeps its last good answer when asking again fails', async () => {
    const question = new Question<number>();
    await question.ask(async () => 7);
    await question.ask(async () => {
      throw down;
    });
    expect(question.answer.value).toEqual({ state: 'failed', error: down, last: 7 });
    expect(lastOf(question.answer.value)).toBe(7);
  });

  test('forgets it when the question is about something else', async () => {
    const question = new Question<number>();
    await question.ask(async () => 7);
    const asking = question.ask(async () => 8, true);
    expect(question.answer.value.state).toBe('loading');
    await asking;
    expect(lastOf(question.answer.value)).toBe(8);
  });

  test('an answer that comes after a newer question is dropped', async () => {
    const question = new Question<string>();
    const slow = Promise.withResolvers<string>();
    let aborted = false;
    const first = question.ask(async (signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return slow.promise;
    });
    await question.ask(async () => 'new');
    slow.resolve('old');
    await first;
    expect([aborted, lastOf(question.answer.value)]).toEqual([true, 'new']);
    expect(question.busy).toBe(false);
  });

  test('a bug is told as one, and thrown', async () => {
    const question = new Question<number>();
    const asking = question.ask(async () => {
      throw new TypeError('x is not a function');
    });
    await expect(asking).rejects.toThrow(TypeError);
    expect(question.answer.value).toMatchObject({ state: 'failed', error: { code: 'page-bug' } });
  });
});
