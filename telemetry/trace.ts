/** Errors as they stand in the log. */

/** The place where an error was thrown, without its message, because PostgreSQL and others quote values in messages. */
export function traceOf(error: unknown): { error: string; code?: string; trace: string[] } {
  if (!(error instanceof Error)) return { error: typeof error, trace: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    error: error.name,
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    trace: frames.slice(0, 8).map((line) => line.trim()),
  };
}
