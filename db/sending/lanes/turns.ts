/**
 * A message's turn in its lanes, taken in the statement that reads the message and its gate. A message that is not read again
 * (`withTurn`) takes it in a statement of its own.
 */
import type { MessageState } from '../../../domain/sending/message.ts';
import type { WaitReason } from '../../../domain/sending/reason.ts';
import { LANES, LANE_COVERS, bookedWhere, takenBy } from './lane-clocks.ts';

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

/**
 * Function `take_turn`: takes or books what the lanes offer to a message, if it is in one of the states `taking`. It locks the rows first, and
 * each statement of a function sees what was committed before it. As a part of the statement that calls it, it would see the rows as they
 * were before it waited for them, and PostgreSQL would run it again on what they are: 266 turns a second with 40 waiting, where a quiet
 * lane gave 771. A crash of the database may forget the turns of its last 0.6 s, so their commit does not wait for the disk while
 * others wait for the row; the submission that follows does.
 */
function takeTurn(name: string, parameter: string, segments: string): string {
  return `
  create or replace function ${name}(message uuid, now timestamptz, taking text[]${parameter})
    returns table (granted boolean, turn_at timestamptz, turn_until timestamptz, down boolean, probing boolean, slowest text)
    language plpgsql rows 1 set plan_cache_mode = force_generic_plan as $function$
  #variable_conflict use_column
  begin
    if cardinality(taking) = 0 then return; end if;
    perform set_config('synchronous_commit', 'off', true);
    perform from messages m join lanes l on ${LANE_COVERS} where m.id = ${name}.message order by l.id for update of l;
    return query with
      m as (
        select id, brand_id, channel, coalesce(${segments}, 1) as segments, class in ('transactional', 'compliance') as first, ${name}.now
          from messages where id = ${name}.message and state = any(${name}.taking)),
      ${LANES}, ${takenBy(`${name}.message`)}, ${bookedWhere(LATER)},
      slotted as (update messages set slot_at = offer.book_at from offer where messages.id = ${name}.message and ${LATER})
      select offer.granted, offer.take_at, offer.book_at, offer.down, offer.probing, offer.slowest from offer;
  end $function$`;
}

export const TAKE_TURN_FUNCTION = takeTurn('take_turn', '', 'segments');

/** Function `take_turn_for`: `take_turn` for a message whose text is not stored yet. `parts`: the segments of the text. */
export const TAKE_TURN_FOR_FUNCTION = takeTurn('take_turn_for', ', parts int', 'take_turn_for.parts, segments');

/**
 * Function `take_turns`: `take_turn` for several messages, in their order, each at a moment of its own. All lanes are locked before the first
 * message takes its turn, in the order of their ids: two processes with messages of several brands never wait for each other. `place` counts
 * from 1. A function whose parameters change gets a new name, because processes of the former version run beside new ones.
 */
export const TAKE_TURNS_FUNCTION = `
  create or replace function take_turns(asked uuid[], moments timestamptz[], taking text[])
    returns table (place int, granted boolean, turn_at timestamptz, turn_until timestamptz, down boolean, probing boolean, slowest text)
    language plpgsql rows 10 set plan_cache_mode = force_generic_plan as $function$
  #variable_conflict use_column
  begin
    perform from lanes l where exists (select from messages m where m.id = any(take_turns.asked) and ${LANE_COVERS})
      order by l.id for update of l;
    for n in 1..cardinality(asked) loop
      return query select n, turn.* from take_turn(asked[n], moments[n], taking) turn;
    end loop;
  end $function$`;

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
