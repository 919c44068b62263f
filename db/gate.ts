import type { GateGuard } from '../domain/journey.ts';
import type { Channel, MessageClass, MessageKind, MessageState } from '../domain/message.ts';
import { SPACED_KINDS } from '../domain/message.ts';
import { CAP_PERIOD } from '../domain/decision.ts';
import { NPS_PERIOD } from '../domain/ledger.ts';
import type { Db } from './connect.ts';

/** All that decides whether a person may be sent something now, read in one snapshot. */
export interface Gate {
  readonly contact: string;
  /** The version these facts belong to: a submission names it and fails if it has moved on. */
  readonly version: number;
  readonly zone?: string;
  readonly country?: string;
  readonly region?: string;
  readonly address?: { readonly e164: string; readonly country?: string; readonly suppressed: boolean };
  readonly ended?: 'order_cancelled' | 'order_returned';
  readonly openCase: boolean;
  readonly consent: Readonly<Partial<Record<MessageClass, 'granted' | 'withdrawn'>>>;
  readonly customer: Readonly<Record<GateGuard, boolean>>;
  readonly lastMessageAt?: number;
  readonly cappedAt: readonly number[];
}

interface GateRow {
  contact_id: string;
  gate_version: number;
  zone: string | null;
  country: string | null;
  region: string | null;
  address: string | null;
  address_country: string | null;
  suppression: string | null;
  consent: Gate['consent'] | null;
  ended: string | null;
  open_case: boolean;
  member: boolean;
  reordered: boolean;
  asked_recently: boolean;
  last_message_at: Date | null;
  capped_at: Date[] | null;
}

/**
 * The columns of a gate for a contact `c`, an order `o` (or none) and a message `:message` that does not count against
 * itself. The usable address that was ordered with last is the one that is texted. Of STOP and START the customer's last word counts, not the last
 * to arrive: webhooks are delivered for 24 h. Only a rejected message has reached nobody for sure.
 */
const GATE_COLUMNS = `
  c.id as contact_id, c.gate_version, c.zone, c.country, c.region, a.address, a.country as address_country,
  (select s.state from suppressions s where s.brand_id = c.brand_id and s.channel = 'sms' and s.address = a.address
    order by s.occurred_at desc, s.id desc limit 1) as suppression,
  (select jsonb_object_agg(k.class, k.state) from (select distinct on (class) class, state from consents
    where contact_id = c.id and channel = 'sms' order by class, occurred_at desc, id desc) k) as consent,
  (select i.type from inbox i where i.brand_id = o.brand_id and i.order_id = o.id
    and i.type in ('order_cancelled', 'return_received') order by i.type limit 1) as ended,
  exists (select from cases s where s.contact_id = c.id and s.closed_at is null) as open_case,
  coalesce((c.loyalty->>'member')::boolean, false) as member,
  exists (select from orders n where n.contact_id = c.id and n.placed_at > o.placed_at) as reordered,
  exists (select from messages m where m.contact_id = c.id and m.kind = 'nps_request' and m.id is distinct from :message
    and m.state <> 'rejected' and m.submitted_at > cast(:now as timestamptz) - :npsPeriod * interval '1 ms') as asked_recently,
  (select max(m.submitted_at) from messages m where m.contact_id = c.id and m.kind = any(:spacedKinds)
    and m.id is distinct from :message and m.state <> 'rejected') as last_message_at,
  (select array_agg(m.submitted_at) from messages m where m.contact_id = c.id and m.id is distinct from :message
    and m.class in ('promotional', 'service_feedback') and m.state <> 'rejected'
    and m.submitted_at > cast(:now as timestamptz) - :capPeriod * interval '1 ms') as capped_at`;

const NEWEST_ADDRESS = `left join lateral (select address, country from addresses
  where contact_id = c.id and channel = 'sms' and usable order by last_used_at desc, id desc limit 1) a on true`;

function periods(now: number): { now: string; npsPeriod: number; capPeriod: number; spacedKinds: string[] } {
  return {
    now: new Date(now).toISOString(),
    npsPeriod: NPS_PERIOD,
    capPeriod: CAP_PERIOD,
    spacedKinds: [...SPACED_KINDS],
  };
}

/** The gate of a contact for a message that is not in the ledger yet. `order` null: about no order. */
export async function readGate(
  db: Db,
  { brand, contact, order, now }: { brand: string; contact: string; order: string | null; now: number },
): Promise<Gate> {
  const { rows } = await db.raw<{ rows: GateRow[] }>(
    `select ${GATE_COLUMNS} from contacts c left join orders o on o.brand_id = c.brand_id and o.id = :order
       ${NEWEST_ADDRESS} where c.brand_id = :brand and c.id = :contact`,
    { brand, contact, order, message: null, ...periods(now) },
  );
  if (!rows[0]) throw new Error('no such contact');
  return toGate(rows[0]);
}

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
}

interface MessageRow extends GateRow {
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
  sender: string;
}

/** A message with the gate of its contact and the brand's sender, in one statement and so in one snapshot. */
export async function readMessageAndGate(
  db: Db,
  message: string,
  now: number,
): Promise<{ message: LedgerMessage; gate: Gate; sender: string } | undefined> {
  const { rows } = await db.raw<{ rows: MessageRow[] }>(
    `select t.id as message_id, t.brand_id, t.order_id, t.step, t.occurrence, t.kind, t.class, t.channel, t.state, t.reason, t.body, t.encoding,
       t.triggered_at, t.useful_until, t.in_reply, t.guards, t.submitted_at, b.settings->>'sender' as sender,
       (select count(*) from attempts x where x.message_id = t.id and coalesce(x.outcome, '') not in ('refused', 'not_sent')) as submissions,
       (select count(*) from attempts x where x.message_id = t.id and x.outcome = 'refused') as refusals,
       ${GATE_COLUMNS}
     from messages t join contacts c on c.id = t.contact_id join brands b on b.id = t.brand_id
       left join orders o on o.brand_id = t.brand_id and o.id = t.order_id ${NEWEST_ADDRESS}
     where t.id = :message`,
    { message, ...periods(now) },
  );
  const row = rows[0];
  return row && { message: toMessage(row), gate: toGate(row), sender: row.sender };
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
  };
}

function toGate(row: GateRow): Gate {
  return {
    contact: row.contact_id,
    version: row.gate_version,
    ...(row.zone !== null && { zone: row.zone }),
    ...(row.country !== null && { country: row.country }),
    ...(row.region !== null && { region: row.region }),
    ...(row.address !== null && {
      address: {
        e164: row.address,
        ...(row.address_country !== null && { country: row.address_country }),
        suppressed: row.suppression === 'stopped',
      },
    }),
    ...(row.ended !== null && { ended: row.ended === 'order_cancelled' ? 'order_cancelled' : 'order_returned' }),
    openCase: row.open_case,
    consent: row.consent ?? {},
    customer: { member: row.member, reordered: row.reordered, asked_recently: row.asked_recently },
    ...(row.last_message_at && { lastMessageAt: row.last_message_at.getTime() }),
    cappedAt: (row.capped_at ?? []).map((at) => at.getTime()),
  };
}
