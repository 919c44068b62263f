/** One way to find a server program. `find` returns its path, or the reason why this way fails. */
export type ProgramSource = {
  /** Names the way in the log, for example "program on PATH". */
  readonly name: string;
  readonly find: () => Promise<{ readonly path: string } | Refusal>;
  /** This failure gets no line in the log, because a reader need not know of it. */
  readonly quiet?: true;
};

/** `asked`: the user has named this way. Its failure is then logged even if another way succeeds. */
type Refusal = { readonly refusal: string; readonly asked?: boolean };

/** Takes one line of text without a line end. */
export type Log = (line: string) => void;

/**
 * Tries the ways in order and returns the path from the first one that succeeds, with one line in the log unless it is a quiet one. Failures
 * of other ways are not logged, unless the user has named them. Throws an error with every way and its reason if none
 * succeeds.
 */
export async function resolveProgram(program: string, ways: readonly ProgramSource[], log: Log): Promise<string> {
  const refusals: string[] = [];
  for (const way of ways) {
    const found = await way.find().catch((error: unknown): Refusal => ({ refusal: messageOf(error) }));
    if ('path' in found) {
      if (way.quiet !== true) log(`${program}: ${way.name}: ${found.path}`);
      return found.path;
    }
    if (found.asked === true) log(`${program}: ${way.name}: ${found.refusal.split('\n', 1)[0]}`);
    refusals.push(`  ${refusals.length + 1}. ${way.name}: ${found.refusal.replaceAll('\n', '\n     ')}`);
  }
  throw new Error(`No ${program} on this machine. Tried in this order:\n${refusals.join('\n')}`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
