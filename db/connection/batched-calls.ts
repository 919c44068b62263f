/** Combines questions that are asked at the same time into one. */
import { setTimeout as sleep } from 'node:timers/promises';

interface Asking<Question, Answer> {
  readonly one: (question: Question) => Promise<Answer>;
  /** Asks several questions; the answers have the same order. */
  readonly many: (questions: readonly Question[]) => Promise<readonly Answer[]>;
  /** The most questions of one statement: the statement holds its locks for all of them. */
  readonly most: number;
  /** The longest time for which a running statement delays the next one, ms. */
  readonly patience?: number;
}

/**
 * A statement takes some 10 ms. Without this limit, a lost one would stop all sends of the process until its
 * connection is given up.
 */
const PATIENCE = 5_000;

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly answered: (answer: Answer | Promise<Answer>) => void;
}

/**
 * Returns a function that asks. A single question is asked at once. Questions that arrive while it runs are asked
 * together when it has ended, in their order. If that fails, each is asked alone, so one question cannot fail because
 * of the others. The next questions wait no longer than `patience`; the callers of the slow statement keep waiting
 * for its answer or error.
 */
export function batchedCalls<Question, Answer>({
  one,
  many,
  most,
  patience = PATIENCE,
}: Asking<Question, Answer>): (question: Question) => Promise<Answer> {
  const waiting: Waiting<Question, Answer>[] = [];
  let asking = false;

  const ask = async (some: readonly Waiting<Question, Answer>[]): Promise<void> => {
    const [first, second] = some;
    const answers =
      first && second ? await many(some.map(({ question }) => question)).catch(() => undefined) : undefined;
    const each = some.map(({ question, answered }, index) => {
      const answer = answers ? Promise.resolve(answers[index] as Answer) : one(question);
      answered(answer);
      return answer;
    });
    await Promise.allSettled(each);
  };
  const askAll = async (): Promise<void> => {
    asking = true;
    while (waiting.length > 0) {
      const over = new AbortController();
      const enough = sleep(patience, undefined, { signal: over.signal }).catch(() => undefined);
      await Promise.race([ask(waiting.splice(0, most)), enough]);
      over.abort();
    }
    asking = false;
  };
  return (question) =>
    new Promise((answered) => {
      waiting.push({ question, answered });
      if (!asking) void askAll();
    });
}
