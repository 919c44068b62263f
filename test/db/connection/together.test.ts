import { expect, it } from 'vitest';
import { batchedCalls } from '../../../db/connection/batched-calls.ts';

/** Records the questions, statement by statement. Each statement is answered when the test says so. */
function asked(fails: (questions: readonly string[]) => boolean = () => false, patience?: number) {
  const statements: (readonly string[])[] = [];
  const open: (() => void)[] = [];
  const run = async (questions: readonly string[]): Promise<string[]> => {
    statements.push(questions);
    await new Promise<void>((go) => open.push(go));
    if (fails(questions)) throw new Error(`refused: ${questions.join(' ')}`);
    return questions.map((question) => question.toUpperCase());
  };
  const ask = batchedCalls({
    one: async (question: string) => (await run([question]))[0] ?? '',
    many: (questions) => run(questions),
    most: 3,
    ...(patience !== undefined && { patience }),
  });
  /** Answers all that runs, and lets the next statement begin. */
  const answer = async (): Promise<void> => {
    for (const go of open.splice(0)) go();
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return { ask, answer, statements };
}

it('a question that comes alone is asked at once and waits for no other', async () => {
  const { ask, answer, statements } = asked();
  const first = ask('a');
  expect(statements).toEqual([['a']]);
  await answer();
  expect(await first).toBe('A');
  const second = ask('b');
  expect(statements).toEqual([['a'], ['b']]);
  await answer();
  expect(await second).toBe('B');
});

it('questions that come while a statement runs are asked together in their order, no more than a few at a time', async () => {
  const { ask, answer, statements } = asked();
  const answers = Promise.all(['a', 'b', 'c', 'd', 'e'].map(ask));
  for (let round = 0; round < 3; round += 1) await answer();
  expect(statements).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
  expect(await answers).toEqual(['A', 'B', 'C', 'D', 'E']);
});

it('a question that cannot be answered fails alone, and those that were asked with it are answered', async () => {
  const { ask, answer, statements } = asked((questions) => questions.includes('bad'));
  const answers = Promise.allSettled(['a', 'b', 'bad', 'c', 'd'].map(ask));
  for (let round = 0; round < 4; round += 1) await answer();
  expect(statements).toEqual([['a'], ['b', 'bad', 'c'], ['b'], ['bad'], ['c'], ['d']]);
  expect((await answers).map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)))).toEqual([
    'A',
    'B',
    'Error: refused: bad',
    'C',
    'D',
  ]);
});

it('a statement that is never answered keeps the next from being asked for a few seconds only, and may still be answered', async () => {
  const { ask, answer, statements } = asked(undefined, 50);
  const lost = ask('a');
  const next = ['b', 'c'].map(ask);
  await expect.poll(() => statements).toEqual([['a'], ['b', 'c']]);
  const later = ask('d');
  await expect.poll(() => statements).toEqual([['a'], ['b', 'c'], ['d']]);
  await answer();
  expect(await Promise.all([lost, ...next, later])).toEqual(['A', 'B', 'C', 'D']);
  const alone = ask('e');
  expect(statements).toHaveLength(4);
  await answer();
  expect(await alone).toBe('E');
});
