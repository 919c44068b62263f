/** Work that ends sooner than this gets no line. */
const QUIET_MS = 2_000;
const TERMINAL_TICK_MS = 1_000;
const LOG_TICK_MS = 30_000;

/** The part of a stream that is needed to show progress. */
export type ProgressOutput = { readonly isTTY?: boolean; write(text: string): unknown };

/**
 * Runs `work` and, if it takes longer than 2 s, says so: on a terminal in one line whose seconds count up, elsewhere (a CI log)
 * in a line at the start, one every 30 s, and one at the end.
 */
export async function withProgress<T>(
  label: string,
  work: () => Promise<T>,
  output: ProgressOutput = process.stdout,
): Promise<T> {
  const startedAt = performance.now();
  const seconds = () => `${Math.round((performance.now() - startedAt) / 1000)} s`;
  let shown = false;
  let ticker: NodeJS.Timeout | undefined;
  const show = () => {
    output.write(
      output.isTTY ? `\r${label} ... ${seconds()}` : shown ? `${label} ... ${seconds()}\n` : `${label} ...\n`,
    );
    shown = true;
  };
  const first = setTimeout(() => {
    show();
    ticker = setInterval(show, output.isTTY ? TERMINAL_TICK_MS : LOG_TICK_MS);
  }, QUIET_MS);
  const finish = (how: string) => {
    clearTimeout(first);
    clearInterval(ticker);
    if (shown) output.write(`${output.isTTY ? '\r' : ''}${label} ... ${how} ${seconds()}\n`);
  };
  try {
    const result = await work();
    finish('done in');
    return result;
  } catch (error) {
    finish('failed after');
    throw error;
  }
}
