import { CHANNEL } from '../../../channels/all.ts';
import type { Brand } from '../../../domain/orders/brand.ts';
import type { Gate } from '../../../domain/sending/gate/gate.ts';
import type { Intent } from '../../../domain/sending/intent.ts';
import type { Channel, MessageClass, MessageKind, MessageState } from '../../../domain/sending/message.ts';
import { kindRule } from '../../../domain/sending/message.ts';
import type { KnownOfIntent, NeededFacts } from '../../../domain/sending/gate/needed-facts.ts';
import { ALL_FACTS, neededByAny, neededFacts, sufficesFor } from '../../../domain/sending/gate/needed-facts.ts';
import type { Db } from '../../connection/connect.ts';
import { brandOf, readAll, readNeeded, textOf, toGate } from '../gate/gate.ts';
import type { GateRow } from '../gate/gate-columns.ts';
import { ADDRESS } from '../gate/gate-columns.ts';
import type { BrandColumns } from '../gate/known-brands.ts';
import { columnsWorthReading } from '../gate/known-brands.ts';
import type { TextToStore } from '../lanes/slots.ts';
import type { ReservableStates, Reservation, ReservationRow } from '../lanes/reservations.ts';
import { unknownToPlan } from '../../orders/queued-messages.ts';
import { toReservation } from '../lanes/reservations.ts';
import { timestamp } from '../../connection/timestamp.ts';
import { batchedCalls } from '../../connection/batched-calls.ts';

/** A message of the ledger as the sender needs it. */
export interface LedgerMessage extends Omit<Intent, 'contact' | 'channelIndex' | 'awaited' | 'dueAt'> {
  readonly id: string;
  readonly class: MessageClass;
  readonly state: MessageState;
  readonly reason: string | null;
  readonly body: string | null;
  readonly encoding: 'gsm7' | 'ucs2' | null;
  readonly submittedAt?: number;
  /** Number of attempts that were, or may have been, accepted. */
  readonly submissions: number;
  /** Number of attempts that were certainly refused. */
  readonly refusals: number;
  /** The order belongs to another contact now, because its number was corrected. */
  readonly misdirected: boolean;
  /** The message is to be sent again, but not before this moment, epoch ms. */
  readonly notBefore?: number;
  /**
   * The order may not want the message any more: a fact came after it was planned, or the run has not been told for a
   * while.
   */
  readonly overtaken: boolean;
  /**
   * The row was inserted a moment ago and not read since, and its text may not be stored. The submission stores it and itself checks whether a
   * fact has overtaken the message.
   */
  readonly inserted?: TextToStore;
}

/** A fact is told to its run within some 100 ms. One that has waited for this long is not known where the message was planned. */
const TOLD_WITHIN = '2 seconds';

interface MessageRow extends GateRow, ReservationRow {
  message_id: string;
  brand_id: string;
  order_id: string | null;
  step: string;
  occurrence: string;
  kind: MessageKind;
  class: MessageClass;
  channel: Channel;
  state: MessageState;
  reason: string | null;
  body: string | null;
  encoding: 'gsm7' | 'ucs2' | null;
  triggered_at: Date;
  useful_until: Date;
  in_reply: boolean;
  guards: Intent['guards'];
  submitted_at: Date | null;
  /** Those that were or may have been taken, and those that were refused. */
  attempts: readonly [number, number];
  misdirected: boolean;
  not_before: Date | null;
  overtaken: boolean;
}

/** The row of a message that was just inserted, put together without reading it. */
export function asInserted(
  id: string,
  { contact: _contact, channelIndex: _channelIndex, awaited: _awaited, dueAt: _dueAt, ...kept }: Intent,
  rendered: TextToStore,
): LedgerMessage {
  return {
    ...kept,
    id,
    class: kindRule(kept.kind).class,
    state: 'planned',
    reason: null,
    body: rendered.text,
    encoding: rendered.encoding,
    submissions: 0,
    refusals: 0,
    misdirected: false,
    overtaken: false,
    inserted: rendered,
  };
}

/** Reserves the tokens of a message that is not read again. */
export async function withReservation(db: Db, inserted: MessageAndGate, now: number): Promise<MessageAndGate> {
  const { id, channel, inserted: text } = inserted.message;
  const { rows } = await db.raw<{ rows: ReservationRow[] }>(
    'select * from reserve_tokens_for_text(cast(:message as uuid), cast(:now as timestamptz), cast(:reservable as text[]), cast(:parts as int))',
    {
      message: id,
      now: timestamp(now),
      reservable: [...FIRST],
      parts: CHANNEL[channel].billedBy === 'segment' ? (text?.segments ?? null) : 1,
    },
  );
  const reservation = rows[0] && toReservation(rows[0]);
  return { ...inserted, ...(reservation && { reservation }) };
}

function messageAndGate(columns: string): string {
  return `t.id as message_id, t.brand_id, t.order_id, t.step, t.occurrence, t.kind, t.class, t.channel, t.state, t.reason, t.body, t.encoding,
       t.triggered_at, t.useful_until, t.in_reply, t.guards, t.submitted_at,
       (select jsonb_build_array(count(*) filter (where coalesce(x.outcome, '') not in ('refused', 'not_sent')),
          count(*) filter (where x.outcome = 'refused')) from attempts x where x.message_id = t.id) as attempts,
       coalesce(o.contact_id <> t.contact_id, false) as misdirected,
       (select r.not_before from redeliveries r where r.message_id = t.id order by r.id desc limit 1) as not_before,
       t.overtaken or ${unknownToPlan('t')} or exists (select from inbox i where i.brand_id = t.brand_id and i.order_id = t.order_id and i.applied_at is null
         and i.type <> 'order_placed' and i.received_at < cast(:now as timestamptz) - interval '${TOLD_WITHIN}') as overtaken,
       ${columns}`;
}

/** The tables and columns that the gate of message `t` is read from. */
const BESIDE_MESSAGE = `join contacts c on c.id = t.contact_id join brands b on b.id = t.brand_id
       left join orders o on o.brand_id = t.brand_id and o.id = t.order_id ${ADDRESS}`;

const ONE = textOf(
  (columns) => `select offer.*, ${messageAndGate(columns)}
     from messages t ${BESIDE_MESSAGE}
       left join reserve_tokens(t.id, cast(:now as timestamptz), cast(:reservable as text[])) offer on true
     where t.id = :message`,
);

const MANY = textOf(
  (
    columns,
  ) => `with asked as (select * from unnest(cast(:messages as uuid[]), cast(:moments as timestamptz[])) with ordinality q (id, moment, nth)
       where nth between 1 and 1000),
     gates as materialized (
       select q.nth, ${messageAndGate(columns).replaceAll(':now', 'q.moment')} from asked q join messages t on t.id = q.id ${BESIDE_MESSAGE}),
     offers as materialized (
       select * from reserve_tokens_of_many(cast(:messages as uuid[]), cast(:moments as timestamptz[]), cast(:reservable as text[])) where (select count(*) from gates) > 0)
     select * from gates left join offers on offers.place = gates.nth`,
);

export interface MessageAndGate {
  readonly message: LedgerMessage;
  readonly gate: Gate;
  readonly reservation?: Reservation;
}

/**
 * A message with the gate of its contact, in one statement and so in one snapshot; and if it is in one of the states `reservable`, the
 * reservation of its tokens. With its `kind`, only what that needs is read.
 */
export async function readMessageAndGate(
  db: Db,
  message: string,
  now: number,
  reservable: ReservableStates = [],
  kind?: MessageKind,
): Promise<MessageAndGate | undefined> {
  let reservation: Reservation | undefined;
  const ask = async (needed: NeededFacts, ofBrand: BrandColumns): Promise<MessageRow | undefined> => {
    // Tokens that were reserved are not reserved again where the gate is read again.
    const bindings = { message, reservable: reservation ? [] : [...reservable], now: timestamp(now) };
    const { rows } = await db.raw<{ rows: MessageRow[] }>(ONE(needed, ofBrand), bindings);
    reservation ??= rows[0] && toReservation(rows[0]);
    return rows[0];
  };
  const read = kind ? await readNeeded(aboutUnread(kind), ask, (row) => isAsTaken(row, kind)) : await readAll(ask);
  return read && toMessageAndGate(read.row, read.brand, reservation);
}

/** Messages of one statement: it keeps the lanes locked for some 10 ms. */
const MOST_TOGETHER = 20;

interface Asked {
  readonly message: string;
  readonly now: number;
  /** Absent: it may be any. */
  readonly kind?: MessageKind | undefined;
}

/** States in which a message may reserve tokens when it is read for the first time. */
const FIRST: ReservableStates = ['planned'];

/**
 * Returns `readMessageAndGate` for the sends of one process: what is asked for while a statement runs is read together in the next one. The row
 * of the account's lane is locked once for all of them: it is what a process with many sends at a time waits for.
 */
export function batchedReads(
  db: Db,
): (
  message: string,
  now: number,
  reservable: ReservableStates,
  kind?: MessageKind,
) => Promise<MessageAndGate | undefined> {
  const ask = batchedCalls({
    one: ({ message, now, kind }: Asked) => readMessageAndGate(db, message, now, FIRST, kind),
    many: (asked) => readMessagesAndGates(db, asked),
    most: MOST_TOGETHER,
  });
  return (message, now, reservable, kind) =>
    reservable.length === 1 && reservable[0] === 'planned'
      ? ask({ message, now, kind })
      : readMessageAndGate(db, message, now, reservable, kind);
}

/**
 * Each of them as `readMessageAndGate` reads it at a moment of its own. All gates are read before the first lane is locked. What one of them
 * needs is read for all. One that needs more is read again by itself, and keeps its reservation. That the place of a message is between two numbers excludes
 * none: it makes PostgreSQL expect one message, and look each row up. It expects ten of an array, and compared their contacts with all open cases.
 */
async function readMessagesAndGates(db: Db, asked: readonly Asked[]): Promise<(MessageAndGate | undefined)[]> {
  const guessed = columnsWorthReading();
  const needed = neededByAny(asked.map(({ kind }) => (kind ? neededFacts(aboutUnread(kind)) : ALL_FACTS)));
  const { rows } = await db.raw<{ rows: (MessageRow & { nth: number })[] }>(MANY(needed, guessed), {
    messages: asked.map(({ message }) => message),
    moments: asked.map(({ now }) => timestamp(now)),
    reservable: [...FIRST],
  });
  const found = new Map(rows.map((row) => [row.nth, row]));
  return Promise.all(
    asked.map(async ({ message, now, kind }, index) => {
      const row = found.get(index + 1);
      if (!row) return undefined;
      const reservation = toReservation(row);
      const brand = brandOf(row, guessed);
      if (brand && (!kind || isAsTaken(row, kind))) return toMessageAndGate(row, brand, reservation);
      const again = await readMessageAndGate(db, message, now, reservation ? [] : FIRST);
      return again && { ...again, ...(reservation && { reservation }) };
    }),
  );
}

/** News of an order seldom has guards, so it is first read without them. */
function aboutUnread(kind: MessageKind): KnownOfIntent {
  return { kind, ...(kindRule(kind).urgent && { guards: [] }) };
}

function isAsTaken(row: MessageRow, kind: MessageKind): boolean {
  return row.kind === kind && sufficesFor(neededFacts(aboutUnread(kind)), row.guards);
}

function toMessageAndGate(row: MessageRow, brand: Brand, reservation: Reservation | undefined): MessageAndGate {
  return { message: toMessage(row), gate: toGate(row, brand, row), ...(reservation && { reservation }) };
}

function toMessage(row: MessageRow): LedgerMessage {
  return {
    id: row.message_id,
    brand: row.brand_id,
    order: row.order_id,
    step: row.step,
    occurrence: row.occurrence,
    kind: row.kind,
    class: row.class,
    channel: row.channel,
    state: row.state,
    reason: row.reason,
    body: row.body,
    encoding: row.encoding,
    triggeredAt: row.triggered_at.getTime(),
    usefulUntil: row.useful_until.getTime(),
    inReply: row.in_reply,
    guards: row.guards,
    ...(row.submitted_at && { submittedAt: row.submitted_at.getTime() }),
    submissions: row.attempts[0],
    refusals: row.attempts[1],
    misdirected: row.misdirected,
    ...(row.not_before && { notBefore: row.not_before.getTime() }),
    overtaken: row.overtaken,
  };
}
