import { SLOT_KEPT, WAIT_IN_PLACE } from '../../../domain/sending/lane.ts';
import { BILLED_BY_SEGMENT } from '../../../channels/all.ts';
import type { Db } from '../../connection/connect.ts';
import { BASIS_OF_SEND, insertDecisions, isSameMoment } from '../gate/decision-row.ts';
import { timestamp } from '../../connection/timestamp.ts';
import { LANES, bookedWhere } from './lane-clocks.ts';

export interface TextToStore {
  readonly text: string;
  readonly locale: string;
  readonly encoding: 'gsm7' | 'ucs2';
  readonly segments: number;
}

/** Units of a message's text: segments where its channel is billed by them. A statement with it has the parameter `segments`. */
export const LANE_UNITS = `case when channel in (${BILLED_BY_SEGMENT.map((name) => `'${name}'`).join()}) then cast(:segments as int) else 1 end`;

/** When a promotion or feedback request would like to go out, epoch ms, all three. */
export interface SlotWish {
  readonly now: number;
  /** The message may not be sent from this moment on. */
  readonly before?: number;
  /** The message may be sent again from this moment on. */
  readonly again?: number;
  /** False: order news and answers book none, so no lane is read for them. */
  readonly books?: boolean;
}

export type Slot =
  /** None is needed, or it has come, or all but. */
  | { readonly kind: 'now' }
  /**
   * `until`: the slot that was booked. If the lanes are busy until after `before`, no slot was booked, and the
   * message asks again at `until`.
   */
  | { readonly kind: 'later'; readonly until: number }
  /** The lanes are busy for longer than it is useful. */
  | { readonly kind: 'too_late'; readonly rule: string };

interface SlotRow {
  until: Date | null;
  too_late: boolean | null;
  rule: string | null;
}

/**
 * Puts the text on a message that is still to be sent, and books the slot of a promotion or feedback request now that its
 * segments are known; without `wish` none is booked. A later slot is a decision to wait, on record. One that was booked before is
 * kept. A message that has gone out keeps the text it went out with.
 */
export async function saveText(db: Db, message: string, rendered: TextToStore, wish?: SlotWish): Promise<Slot> {
  if (!wish || wish.books === false) return saveTextAlone(db, message, rendered, wish?.now);
  const { text, locale, encoding, segments } = rendered;
  const { rows } = await db.raw<{ rows: SlotRow[] }>(
    `with asked as (
       select cast(:now as timestamptz) as now, cast(:before as timestamptz) as before, cast(:again as timestamptz) as again),
     m as (
       select id, brand_id, channel, useful_until, false as first, asked.*,
           ${LANE_UNITS} as segments
         from messages, asked where id = :message and state = 'planned' and class in ('promotional', 'service_feedback')
           and now is not null and coalesce(slot_at < now - interval '${SLOT_KEPT} ms', true)),
     ${LANES},
     slot as (
       select book_at, 'lane.' || slowest as rule,
           not spent and book_at <= useful_until and book_at < coalesce(before, 'infinity') as fits,
           coalesce(again, case when spent then book_at end) as again
         from offer, m),
     ${bookedWhere('(select fits from slot)')},
     saved as (
       update messages set body = :text, locale = :locale, encoding = :encoding,
           segments = ${LANE_UNITS},
           slot_at = case when slot.fits then slot.book_at when not slot.fits then null else slot_at end
         from asked left join slot on true where messages.id = :message and messages.state = 'planned'
         returning messages.*),
     answer as (
       select rule, fits, again, not fits and coalesce(again > useful_until, true) as too_late,
           case when fits = false and again <= useful_until then again
             when slot_at > now + interval '${WAIT_IN_PLACE.others} ms' then slot_at end as until
         from saved cross join (select now from asked) asked left join slot on true),
     decided as (
       ${insertDecisions({
         from: `saved m cross join answer cross join asked ${isSameMoment('asked.now')}`,
         at: 'asked.now',
         outcome: "'wait'",
         reason: "'slot'",
         until: 'answer.until',
         rule: 'answer.rule',
         usefulUntil: 'm.useful_until',
         basis: BASIS_OF_SEND,
         where: 'answer.until is not null and answer.rule is not null',
       })})
     select until, too_late, rule from answer`,
    {
      message,
      text,
      locale,
      encoding,
      segments,
      now: timestamp(wish.now),
      before: moment(wish.before),
      again: moment(wish.again),
    },
  );
  const [row] = rows;
  if (row?.too_late === true) return { kind: 'too_late', rule: row.rule ?? 'lane' };
  return row?.until ? { kind: 'later', until: row.until.getTime() } : { kind: 'now' };
}

/** Stores the text alone. A slot that was booked before is kept: a slot beyond the wait in place is the answer. */
async function saveTextAlone(
  db: Db,
  message: string,
  { text, locale, encoding, segments }: TextToStore,
  now: number | undefined,
): Promise<Slot> {
  const { rows } = await db.raw<{ rows: { slot_at: Date | null }[] }>(
    `update messages set body = :text, locale = :locale, encoding = :encoding,
         segments = ${LANE_UNITS}
      where id = :message and state = 'planned' returning slot_at`,
    { message, text, locale, encoding, segments },
  );
  const until = rows[0]?.slot_at?.getTime();
  return until !== undefined && now !== undefined && until > now + WAIT_IN_PLACE.others
    ? { kind: 'later', until }
    : { kind: 'now' };
}

function moment(at: number | undefined): string | null {
  return at === undefined ? null : timestamp(at);
}
