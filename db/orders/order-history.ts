/** The record of an order, as far as its run needs it. Every list is bounded, however long the order's history is. */
import type { CompiledJourney } from '../../domain/journey/compiled-form.ts';
import type { Fulfilment } from '../../domain/journey/journey.ts';
import type { Decision } from '../../domain/sending/gate/decision.ts';
import type { Intent } from '../../domain/sending/intent.ts';
import type { MessageKind, MessageState } from '../../domain/sending/message.ts';
import type { SkipReason } from '../../domain/sending/reason.ts';
import type { Db } from '../connection/connect.ts';

export interface OrderRow {
  readonly id: string;
  readonly name: string | null;
  readonly contact_id: string | null;
  readonly placed_at: Date | null;
  readonly currency: string | null;
  readonly total_minor: number | null;
  readonly fulfilment: Fulfilment | null;
  readonly journey: CompiledJourney | null;
  /** The order's person is being erased, or was. */
  readonly erased_at: Date | null;
  readonly created_at: Date;
  /** The order ended long ago, and its facts were removed. */
  readonly facts_removed_at: Date | null;
}

/** A command that the workflow has carried out. */
export interface CommandRow {
  readonly type: string;
  readonly payload: { readonly until?: number; readonly step?: string };
}

/** The last decision about a step's occurrence. */
export interface LastDecision extends Pick<Intent, 'step' | 'occurrence' | 'channel'> {
  readonly outcome: Decision['kind'];
  readonly reason: string | null;
  readonly wait_until: Date | null;
  readonly decided_at: Date;
}

/** The message of a step's occurrence; of several, the one on the last channel that was tried. */
export interface LastMessage extends Pick<Intent, 'step' | 'occurrence' | 'kind' | 'channel'> {
  /** The number of the step's channels before this one. */
  readonly channel_index: number;
  /** The step has a further channel. */
  readonly awaited: boolean;
  readonly state: MessageState;
  readonly reason: string | null;
  readonly due_at: Date;
  readonly submitted_at: Date | null;
  readonly accepted_at: Date | null;
}

export interface OrderHistory {
  readonly order: OrderRow;
  readonly commands: readonly CommandRow[];
  readonly decisions: readonly LastDecision[];
  readonly messages: readonly LastMessage[];
  /** The causes of its cases: keys of steps, or ids of inbound messages. */
  readonly causes: readonly string[];
  /** When the last fact was received, epoch ms; 0: never. */
  readonly heardAt: number;
  /** The number of facts. */
  readonly facts: number;
  /** The customer's time zones as the last decision saw them. */
  readonly zones: readonly string[];
}

/**
 * The most rows of one kind that are read. An order at its limits of events and parcels has about 1,000 steps with a decision or message.
 */
export const MOST_ROWS = 2_500;

/** Decisions and messages for a wrong number do not count after its correction. */
const NUMBER_CORRECTED: SkipReason = 'number_corrected';

const MOST_REPLIES = 50;

const LAST_MESSAGE =
  'step, occurrence, kind, channel, channel_index, awaited, state, reason, due_at, submitted_at, accepted_at';

/**
 * Call with a transaction that reads one snapshot. Undefined: the brand has no such order. `most`: rows of each kind, the newest;
 * Infinity for a decision that must see all of them.
 */
export async function readOrderHistory(
  trx: Db,
  brand: string,
  order: string,
  most = MOST_ROWS,
): Promise<OrderHistory | undefined> {
  const row: OrderRow | undefined = await trx('orders')
    .where({ brand_id: brand, id: order })
    .leftJoin('journeys', 'journeys.hash', 'orders.journey_hash')
    .first(
      'id',
      'name',
      'contact_id',
      'placed_at',
      'currency',
      'total_minor',
      'fulfilment',
      'journeys.body as journey',
      'erased_at',
      'created_at',
      'facts_removed_at',
    );
  if (!row) return undefined;
  const about = { brand, order, most: Number.isFinite(most) ? most : null };
  const { heard_at: heardAt, facts } = await readHeard(trx, about);
  return {
    order: row,
    commands: await readCommands(trx, about),
    decisions: await readDecisions(trx, about),
    messages: await readMessages(trx, about),
    causes: await readCauses(trx, about),
    heardAt: heardAt?.getTime() ?? 0,
    facts,
    zones: await readZones(trx, about),
  };
}

interface About {
  readonly brand: string;
  readonly order: string;
  /** Null: all. */
  readonly most: number | null;
}

/** A message status is no fact about the order, so it does not count for `heard_at`. */
async function readHeard(trx: Db, { brand, order }: About): Promise<{ heard_at: Date | null; facts: number }> {
  const { rows } = await trx.raw<{ rows: { heard_at: Date | null; facts: number }[] }>(
    `select max(received_at) filter (where type <> 'message_status') as heard_at,
        count(*) filter (where type not like 'command.%') as facts
       from inbox where brand_id = ? and order_id = ?`,
    [brand, order],
  );
  return rows[0] ?? { heard_at: null, facts: 0 };
}

async function readCommands(trx: Db, { brand, order, most }: About): Promise<readonly CommandRow[]> {
  const { rows } = await trx.raw<{ rows: CommandRow[] }>(
    `select type, payload from (
       select id, type, payload from inbox where brand_id = :brand and order_id = :order and type like 'command.%'
        order by id desc limit :most) newest
      order by id`,
    { brand, order, most },
  );
  return rows;
}

async function readDecisions(trx: Db, { brand, order, most }: About): Promise<readonly LastDecision[]> {
  const { rows } = await trx.raw<{ rows: LastDecision[] }>(
    `select step, occurrence, channel, outcome, reason, wait_until, decided_at from (
       select distinct on (step, occurrence) id, step, occurrence, channel, outcome, reason, wait_until, decided_at from all_decisions
        where brand_id = :brand and order_id = :order order by step, occurrence, id desc) last
      where reason is distinct from :corrected order by id desc limit :most`,
    { brand, order, most, corrected: NUMBER_CORRECTED },
  );
  return rows;
}

async function readMessages(trx: Db, { brand, order, most }: About): Promise<readonly LastMessage[]> {
  const { rows } = await trx.raw<{ rows: LastMessage[] }>(
    `select ${LAST_MESSAGE} from (
       select distinct on (step, occurrence) * from messages
        where brand_id = :brand and order_id = :order and reason is distinct from :corrected
        order by step, occurrence, channel_index desc, created_at desc) last
      order by created_at desc limit :most`,
    { brand, order, most, corrected: NUMBER_CORRECTED },
  );
  return rows;
}

async function readCauses(trx: Db, { brand, order, most }: About): Promise<readonly string[]> {
  const { rows } = await trx.raw<{ rows: { cause: string }[] }>(
    'select cause from cases where brand_id = :brand and order_id = :order order by id desc limit :most',
    { brand, order, most },
  );
  return rows.map(({ cause }) => cause);
}

async function readZones(trx: Db, { brand, order }: About): Promise<readonly string[]> {
  const { rows } = await trx.raw<{ rows: { zones: string[] }[] }>(
    `select zones from all_decisions where brand_id = ? and order_id = ? and zones <> '{}' order by id desc limit 1`,
    [brand, order],
  );
  return rows[0]?.zones ?? [];
}

/**
 * SQL: replies `r` to what the person of order `:order` wrote about it. Each is looked up by the text that it answers, which is its
 * occurrence: a contact may have thousands of messages.
 */
export const REPLIES = `inbound_messages i join messages r on r.brand_id = i.brand_id and r.order_id is null
    and r.occurrence = cast(i.id as text) and i.brand_id = :brand and i.order_id = :order
    and r.contact_id = (select contact_id from orders where brand_id = :brand and id = :order)`;

/** The newest replies of a kind to what the customer wrote about an order: a reply's occurrence is the inbound message. */
export async function readReplies(
  db: Db,
  brand: string,
  order: string,
  kind: MessageKind,
): Promise<readonly LastMessage[]> {
  const { rows } = await db.raw<{ rows: LastMessage[] }>(
    `select ${LAST_MESSAGE} from (
       select r.* from ${REPLIES} where r.kind = :kind order by r.created_at desc limit ${MOST_REPLIES}) newest
      order by created_at, occurrence`,
    { brand, order, kind },
  );
  return rows;
}
