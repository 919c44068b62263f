/** A message's turn in its lanes, asked for in the statement that reads it and its gate: no send costs a statement more. */
import type { MessageState } from '../../domain/message.ts';
import type { WaitReason } from '../../domain/reason.ts';
import { LANES, TAKEN, bookedWhere } from './lane-clocks.ts';

/** The messages that take their turn as they are read. A retry of what has been handed over must not take tokens again. */
export type Taking = readonly Extract<MessageState, 'planned' | 'unknown'>[];

export type Turn =
  /** Its tokens are taken for `at` (epoch ms), now or so near that it is waited for. `probe`: a circuit of it may close. */
  | { readonly kind: 'granted'; readonly at: number; readonly probe: boolean }
  /** Nothing is taken; its slot is booked for `at`. */
  | {
      readonly kind: 'later';
      readonly at: number;
      readonly reason: Extract<WaitReason, 'slot' | 'provider_down'>;
      readonly rule: string;
    };

const LATER = 'not offer.granted and not offer.spent';

/** CTE `offer` for message `:message` if it is in one of the states `:taking`; takes or books what is offered. */
export const TAKE_TURN = `
  m as (
    select id, brand_id, channel, coalesce(segments, 1) as segments, class in ('transactional', 'compliance') as first,
        cast(:now as timestamptz) as now
      from messages where id = :message and state = any(:taking)),
  ${LANES}, ${TAKEN}, ${bookedWhere(LATER)},
  slotted as (update messages set slot_at = offer.book_at from offer where messages.id = :message and ${LATER})`;

export const TURN_COLUMNS =
  'offer.granted, offer.take_at as turn_at, offer.book_at as turn_until, offer.down, offer.probing, offer.slowest';

export interface TurnRow {
  granted: boolean | null;
  turn_at: Date | null;
  turn_until: Date | null;
  down: boolean | null;
  probing: boolean | null;
  slowest: string | null;
}

/** Undefined: the message was not to take its turn. */
export function toTurn({ granted, turn_at, turn_until, down, probing, slowest }: TurnRow): Turn | undefined {
  if (!turn_at || !turn_until) return undefined;
  if (granted === true) return { kind: 'granted', at: turn_at.getTime(), probe: probing === true };
  const [reason, by] = down === true ? (['provider_down', 'circuit'] as const) : (['slot', 'lane'] as const);
  return { kind: 'later', at: turn_until.getTime(), reason, rule: `${by}.${slowest ?? 'account'}` };
}
