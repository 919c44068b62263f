/** One way to come by a server program. `find` says where it is, or why this way leads nowhere. */
export type Way = {
  /** Names the way in the log, for example "program on PATH". */
  readonly name: string;
  readonly find: () => Promise<{ readonly path: string } | Refusal>;
};

/** `asked`: the way was asked for by name, so it is logged that it leads nowhere, even if another way works. */
type Refusal = { readonly refusal: string; readonly asked?: boolean };

/** Takes one line of text without a line end. */
export type Log = (line: string) => void;

/**
 * Tries the ways in order and returns the path that the first successful one gives. One line is logged for it. Ways
 * that lead nowhere are no errors while another one works, so only one that was asked for is logged.
 * Throws an error that names every way and what it said when none works.
 */
export async function resolveProgram(program: string, ways: readonly Way[], log: Log): Promise<string> {
  const refusals: string[] = [];
  for (const way of ways) {
    const found = await way.find().catch((error: unknown): Refusal => ({ refusal: messageOf(error) }));
    if ('path' in found) {
      log(`${program}: ${way.name}: ${found.path}`);
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
