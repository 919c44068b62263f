/** How often a row of an outbox is offered to the engine, and how long it waits in between. */
import { MINUTE } from './duration.ts';
import { spread } from './spread.ts';

/** Every outbox: what a workflow is to be told of, or started for. */
export const OUTBOX_NAMES = ['fact', 'reply', 'redelivery', 'consents', 'erasure', 'asked_text'] as const;
export type OutboxName = (typeof OUTBOX_NAMES)[number];

/** After so many tries a row that was refused waits for a person; one that times out is tried on. With the waits below that is after 30 to 60 minutes: a rollback lasts longer, a busy workflow does not. */
export const MAX_TRIES = 12;

/** Ms that all a row takes of the engine may take: an erasure waits for what is being told at that moment. */
export const CALL_ENDS_WITHIN = 5_000;

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 10 * MINUTE;

/**
 * Ms until a row is tried again that was refused `tries` times, at least 1: doubled each time up to ten minutes. Up to half of it is
 * taken off, by the row: what was refused together does not come back together.
 */
export function waitAfter(tries: number, row: string): number {
  const longest = Math.min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT);
  return longest - spread(`${row} ${tries}`, longest / 2);
}
