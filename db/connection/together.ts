/** Questions of callers that ask at one time, asked as one. */
import { setTimeout as sleep } from 'node:timers/promises';

interface Asking<Question, Answer> {
  readonly one: (question: Question) => Promise<Answer>;
  /** Answers in the order of the questions. */
  readonly many: (questions: readonly Question[]) => Promise<readonly Answer[]>;
  /** Questions of one statement: for that long it keeps its locks. */
  readonly most: number;
  /** How long a statement keeps the next from being asked, ms. */
  readonly patience?: number;
}

/** A statement takes some 10 ms. One that is lost would stop all sends of the process for as long as its connection is not given up. */
const PATIENCE = 5_000;

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly answered: (answer: Answer | Promise<Answer>) => void;
}

/**
 * Returns what asks. A question that comes alone is asked at once and as it is. Those that come while it runs are asked together when it
 * has ended, in the order in which they came. If that fails, each is asked on its own, so that a question is answered, or fails, as if the
 * others were not there. The next ones wait for it no longer than `patience`; its own callers wait on, for its answer or its error.
 */
export function together<Question, Answer>({
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
