/** Questions of callers that ask at one time, asked as one. */

interface Asking<Question, Answer> {
  readonly one: (question: Question) => Promise<Answer>;
  /** Answers in the order of the questions. */
  readonly many: (questions: readonly Question[]) => Promise<readonly Answer[]>;
  /** Questions of one statement: for that long it keeps its locks. */
  readonly most: number;
}

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly answered: (answer: Answer | Promise<Answer>) => void;
}

/**
 * Returns what asks. A question that comes alone is asked at once and as it is. Those that come while it runs are asked together when it
 * has ended, in the order in which they came. If that fails, each is asked on its own, so that a question is answered, or fails, as if the
 * others were not there.
 */
export function together<Question, Answer>({
  one,
  many,
  most,
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
    while (waiting.length > 0) await ask(waiting.splice(0, most));
    asking = false;
  };
  return (question) =>
    new Promise((answered) => {
      waiting.push({ question, answered });
      if (!asking) void askAll();
    });
}
