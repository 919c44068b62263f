/**
 * The tokens that a message reserves in its lanes, in the statement that reads the message and its gate. A message that is not read again
 * (`withReservation`) reserves them in a statement of its own.
 */
import type { MessageState } from '../../../domain/sending/message.ts';
import type { WaitReason } from '../../../domain/sending/reason.ts';
import { LANES, LANE_COVERS, bookedWhere, takenBy } from './lane-clocks.ts';

/**
 * States in which a message may reserve tokens when it is read. The retry of a message that was handed over must not
 * take tokens again.
 */
export type ReservableStates = readonly Extract<MessageState, 'planned' | 'unknown'>[];

export type Reservation =
  /** Its tokens are taken for `at` (epoch ms), now or so near that it is waited for. `probe`: a circuit of it may close. */
  | { readonly kind: 'granted'; readonly at: number; readonly probe: boolean }
  /** No token was taken; a slot is booked for `at`. */
  | {
      readonly kind: 'later';
      readonly at: number;
      readonly reason: Extract<WaitReason, 'slot' | 'provider_down'>;
      readonly rule: string;
    };

const LATER = 'not offer.granted and not offer.spent';

/**
 * Function `reserve_tokens`: takes or books what the lanes offer to a message, if it is in one of the states `reservable`. It locks the rows first, and
 * each statement of a function sees what was committed before it. As a part of the statement that calls it, it would see the rows as they
 * were before it waited for them, and PostgreSQL would run it again on what they are: 266 reservations a second with 40 waiting, where a quiet
 * lane gave 771. A crash of the database may forget the reservations of its last 0.6 s, so their commit does not wait for the disk while
 * others wait for the row; the submission that follows does.
 */
function reserveTokens(name: string, parameter: string, segments: string): string {
  return `
  create or replace function ${name}(message uuid, now timestamptz, reservable text[]${parameter})
    returns table (granted boolean, take_at timestamptz, book_at timestamptz, down boolean, probing boolean, slowest text)
    language plpgsql rows 1 set plan_cache_mode = force_generic_plan as $function$
  #variable_conflict use_column
  begin
    if cardinality(reservable) = 0 then return; end if;
    perform set_config('synchronous_commit', 'off', true);
    perform from messages m join lanes l on ${LANE_COVERS} where m.id = ${name}.message order by l.id for update of l;
    return query with
      m as (
        select id, brand_id, channel, coalesce(${segments}, 1) as segments, class in ('transactional', 'compliance') as first, ${name}.now
          from messages where id = ${name}.message and state = any(${name}.reservable)),
      ${LANES}, ${takenBy(`${name}.message`)}, ${bookedWhere(LATER)},
      slotted as (update messages set slot_at = offer.book_at from offer where messages.id = ${name}.message and ${LATER})
      select offer.granted, offer.take_at, offer.book_at, offer.down, offer.probing, offer.slowest from offer;
  end $function$`;
}

export const RESERVE_TOKENS_FUNCTION = reserveTokens('reserve_tokens', '', 'segments');

/** Function `reserve_tokens_for_text`: `reserve_tokens` for a message whose text is not stored yet. `parts`: the segments of the text. */
export const RESERVE_TOKENS_FOR_TEXT_FUNCTION = reserveTokens(
  'reserve_tokens_for_text',
  ', parts int',
  'reserve_tokens_for_text.parts, segments',
);

/**
 * Function `reserve_tokens_of_many`: `reserve_tokens` for several messages, in their order, each at a moment of its own. All lanes are locked before the first
 * message reserves, in the order of their ids: two processes with messages of several brands never wait for each other. `place` counts
 * from 1. A function whose parameters change gets a new name, because processes of the former version run beside new ones.
 */
export const RESERVE_TOKENS_OF_MANY_FUNCTION = `
  create or replace function reserve_tokens_of_many(asked uuid[], moments timestamptz[], reservable text[])
    returns table (place int, granted boolean, take_at timestamptz, book_at timestamptz, down boolean, probing boolean, slowest text)
    language plpgsql rows 10 set plan_cache_mode = force_generic_plan as $function$
  #variable_conflict use_column
  begin
    perform from lanes l where exists (select from messages m where m.id = any(reserve_tokens_of_many.asked) and ${LANE_COVERS})
      order by l.id for update of l;
    for n in 1..cardinality(asked) loop
      return query select n, reservation.* from reserve_tokens(asked[n], moments[n], reservable) reservation;
    end loop;
  end $function$`;

export interface ReservationRow {
  granted: boolean | null;
  take_at: Date | null;
  book_at: Date | null;
  down: boolean | null;
  probing: boolean | null;
  slowest: string | null;
}

/** Undefined: the message was not to reserve tokens. */
export function toReservation({
  granted,
  take_at,
  book_at,
  down,
  probing,
  slowest,
}: ReservationRow): Reservation | undefined {
  if (!take_at || !book_at) return undefined;
  if (granted === true) return { kind: 'granted', at: take_at.getTime(), probe: probing === true };
  const [reason, by] = down === true ? (['provider_down', 'circuit'] as const) : (['slot', 'lane'] as const);
  return { kind: 'later', at: book_at.getTime(), reason, rule: `${by}.${slowest ?? 'account'}` };
}
