/** How often a row of an outbox is told to the engine, and the waits in between. */
import { MINUTE } from '../time/duration.ts';
import { spread } from '../time/windows.ts';

/** All outboxes. A row is news for a workflow, or a workflow that has to be started. */
export const OUTBOX_NAMES = ['fact', 'reply', 'redelivery', 'consents', 'erasure', 'asked_text'] as const;
export type OutboxName = (typeof OUTBOX_NAMES)[number];

/**
 * After this many refusals a row waits for a person; a row that times out is tried further. With the waits below that
 * is after 14 to 27 minutes: longer than a workflow is busy, and shorter than a rollback lasts.
 */
export const MAX_TRIES = 12;

/** Ms that all calls for a row may take together. An erasure waits this long for calls under way. */
export const CALL_ENDS_WITHIN = 5_000;

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 10 * MINUTE;

/**
 * Ms until a row that was refused `tries` times (at least 1) is tried again: doubled each time up to ten minutes. Up to half of it is
 * taken off, by the row's id, so that rows that were refused together do not come back together.
 */
export function waitAfter(tries: number, row: string): number {
  const longest = Math.min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT);
  return longest - spread(`${row} ${tries}`, longest / 2);
}
