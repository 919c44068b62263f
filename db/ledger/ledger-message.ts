import type { GateGuard } from '../../domain/journey.ts';
import type { Channel, MessageClass, MessageKind, MessageState } from '../../domain/message.ts';
import type { Db } from '../connect.ts';
import type { Gate } from '../gate/gate.ts';
import { toGate } from '../gate/gate.ts';
import type { GateRow } from '../gate/gate-columns.ts';
import { ADDRESS, GATE_COLUMNS, periods } from '../gate/gate-columns.ts';
import type { Taking, Turn, TurnRow } from '../lanes/turns.ts';
import { UNKNOWN_TO_PLAN } from '../orders/queued-messages.ts';
import { toTurn } from '../lanes/turns.ts';
import { timestamp } from '../timestamp.ts';
import { together } from '../together.ts';

/** A message of the ledger as the sender needs it. */
export interface LedgerMessage {
  readonly id: string;
  readonly brand: string;
  readonly order: string | null;
  readonly step: string;
  readonly occurrence: string;
  readonly kind: MessageKind;
  readonly class: MessageClass;
  readonly channel: Channel;
  readonly state: MessageState;
  readonly reason: string | null;
  readonly body: string | null;
  readonly encoding: 'gsm7' | 'ucs2' | null;
  readonly triggeredAt: number;
  readonly usefulUntil: number;
  readonly inReply: boolean;
  readonly guards: readonly GateGuard[];
  readonly submittedAt?: number;
  /** Attempts that were or may have been taken. */
  readonly submissions: number;
  /** Attempts that were refused for sure. */
  readonly refusals: number;
  /** The order belongs to another contact now, because its number was corrected. */
  readonly misdirected: boolean;
  /** It is to be sent again, but not before this moment, epoch ms. */
  readonly notBefore?: number;
  /** Its order may not want it any more: something became known since it was planned, or its run has not been told for a while. */
  readonly overtaken: boolean;
}

/** A fact is told to its run within some 100 ms. One that has waited for this long is not known where the message was planned. */
const TOLD_WITHIN = '2 seconds';

interface MessageRow extends GateRow, TurnRow {
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
  guards: GateGuard[];
  submitted_at: Date | null;
  submissions: number;
  refusals: number;
  misdirected: boolean;
  not_before: Date | null;
  overtaken: boolean;
}

const MESSAGE_AND_GATE = `t.id as message_id, t.brand_id, t.order_id, t.step, t.occurrence, t.kind, t.class, t.channel, t.state, t.reason, t.body, t.encoding,
       t.triggered_at, t.useful_until, t.in_reply, t.guards, t.submitted_at,
       (select count(*) from attempts x where x.message_id = t.id and coalesce(x.outcome, '') not in ('refused', 'not_sent')) as submissions,
       (select count(*) from attempts x where x.message_id = t.id and x.outcome = 'refused') as refusals,
       coalesce(o.contact_id <> t.contact_id, false) as misdirected,
       (select r.not_before from redeliveries r where r.message_id = t.id order by r.id desc limit 1) as not_before,
       t.overtaken or ${UNKNOWN_TO_PLAN} or exists (select from inbox i where i.brand_id = t.brand_id and i.order_id = t.order_id and i.applied_at is null
         and i.type <> 'order_placed' and i.received_at < cast(:now as timestamptz) - interval '${TOLD_WITHIN}') as overtaken,
       ${GATE_COLUMNS}`;

/** Whatever the gate of message `t` is read from. */
const BESIDE_MESSAGE = `join contacts c on c.id = t.contact_id join brands b on b.id = t.brand_id
       left join orders o on o.brand_id = t.brand_id and o.id = t.order_id ${ADDRESS}`;

export interface MessageAndGate {
  readonly message: LedgerMessage;
  readonly gate: Gate;
  readonly turn?: Turn;
}

/**
 * A message with the gate of its contact, in one statement and so in one snapshot; and if it is in one of the states `taking`, its
 * turn in its lanes.
 */
export async function readMessageAndGate(
  db: Db,
  message: string,
  now: number,
  taking: Taking = [],
): Promise<MessageAndGate | undefined> {
  const { rows } = await db.raw<{ rows: MessageRow[] }>(
    `select offer.*, ${MESSAGE_AND_GATE}
     from messages t ${BESIDE_MESSAGE}
       left join take_turn(t.id, cast(:now as timestamptz), cast(:taking as text[])) offer on true
     where t.id = :message`,
    { message, taking: [...taking], ...periods(now) },
  );
  return rows[0] && toMessageAndGate(rows[0]);
}

/** Messages of one statement: it keeps the lanes locked for some 10 ms. */
const MOST_TOGETHER = 20;

interface Asked {
  readonly message: string;
  readonly now: number;
}

/** States in which a message takes its turn when it is read for the first time. */
const FIRST: Taking = ['planned'];

/**
 * Returns `readMessageAndGate` for the sends of one process: what is asked for while a statement runs is read together in the next one. The row
 * of the account's lane is locked once for all of them: it is what a process with many sends at a time waits for.
 */
export function readsTogether(
  db: Db,
): (message: string, now: number, taking: Taking) => Promise<MessageAndGate | undefined> {
  const ask = together({
    one: ({ message, now }: Asked) => readMessageAndGate(db, message, now, FIRST),
    many: (asked) => readMessagesAndGates(db, asked),
    most: MOST_TOGETHER,
  });
  return (message, now, taking) =>
    taking.length === 1 && taking[0] === 'planned'
      ? ask({ message, now })
      : readMessageAndGate(db, message, now, taking);
}

/**
 * Each of them as `readMessageAndGate` reads it at a moment of its own. All gates are read before the first lane is locked. The values that
 * count from a moment are the same for all.
 */
async function readMessagesAndGates(db: Db, asked: readonly Asked[]): Promise<(MessageAndGate | undefined)[]> {
  const { now: _, ...same } = periods(0);
  const { rows } = await db.raw<{ rows: (MessageRow & { nth: number })[] }>(
    `with asked as (select * from unnest(cast(:messages as uuid[]), cast(:moments as timestamptz[])) with ordinality q (id, moment, nth)),
     gates as materialized (
       select q.nth, ${MESSAGE_AND_GATE.replaceAll(':now', 'q.moment')} from asked q join messages t on t.id = q.id ${BESIDE_MESSAGE}),
     offers as materialized (
       select * from take_turns(cast(:messages as uuid[]), cast(:moments as timestamptz[]), cast(:taking as text[])) where (select count(*) from gates) > 0)
     select * from gates left join offers on offers.place = gates.nth`,
    {
      ...same,
      messages: asked.map(({ message }) => message),
      moments: asked.map(({ now }) => timestamp(now)),
      taking: [...FIRST],
    },
  );
  const found = new Map(rows.map((row) => [row.nth, row]));
  return asked.map((_, index) => {
    const row = found.get(index + 1);
    return row && toMessageAndGate(row);
  });
}

function toMessageAndGate(row: MessageRow): MessageAndGate {
  const turn = toTurn(row);
  return { message: toMessage(row), gate: toGate(row), ...(turn && { turn }) };
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
    submissions: row.submissions,
    refusals: row.refusals,
    misdirected: row.misdirected,
    ...(row.not_before && { notBefore: row.not_before.getTime() }),
    overtaken: row.overtaken,
  };
}
