/**
 * Thrown for a page after a cursor that no page gave out. An empty page would mean the end of the list, so a program
 * that mixed up two lists would believe that it has read everything.
 */
export class UnknownCursor extends Error {
  constructor() {
    super('no page of this list gave out the cursor');
  }
}

/** Throws UnknownCursor if the page is empty and `seen` finds no row of the cursor. Other pages cost no statement. */
export async function refuseUnknownCursor(
  page: readonly unknown[],
  after: string | undefined,
  seen: (after: string) => PromiseLike<unknown>,
): Promise<void> {
  if (page.length === 0 && after !== undefined && (await seen(after)) === undefined) throw new UnknownCursor();
}
