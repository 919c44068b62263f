import type { GateGuard } from '../domain/journey.ts';
import type { Channel, MessageClass, MessageKind } from '../domain/message.ts';
import { SPACED_KINDS } from '../domain/message.ts';
import type { ProviderStop } from '../domain/decision.ts';
import { CAP_PERIOD } from '../domain/decision.ts';
import { NPS_PERIOD } from '../domain/ledger.ts';
import type { Db } from './connect.ts';
import { prepared } from './prepared.ts';

/** All that decides whether a person may be sent something now, read in one snapshot. */
export interface Gate {
  readonly contact: string;
  /** The version these facts belong to: a submission names it and fails if it has moved on. */
  readonly version: number;
  readonly zone?: string;
  readonly country?: string;
  readonly region?: string;
  readonly address?: { readonly e164: string; readonly country?: string; readonly suppressed: boolean };
  /** What the customer sees as sender on the message's channel. Absent: the brand has none there. */
  readonly sender?: string;
  /** The same message has reached the phone on another channel. */
  readonly deliveredElsewhere: boolean;
  /** The provider refuses the template or the sender, and nobody has released the stop. */
  readonly stopped?: ProviderStop;
  readonly ended?: 'order_cancelled' | 'order_returned';
  readonly openCase: boolean;
  readonly consent: Readonly<Partial<Record<MessageClass, 'granted' | 'withdrawn'>>>;
  readonly customer: Readonly<Record<GateGuard, boolean>>;
  readonly lastMessageAt?: number;
  readonly cappedAt: readonly number[];
}

/** The columns of `GATE_COLUMNS` as they come. */
export interface GateRow {
  contact_id: string;
  gate_version: number;
  zone: string | null;
  country: string | null;
  region: string | null;
  address: string | null;
  address_country: string | null;
  suppression: string | null;
  sender: string | null;
  delivered_elsewhere: boolean;
  stopped: ProviderStop | null;
  consent: Gate['consent'] | null;
  ended: string | null;
  open_case: boolean;
  member: boolean;
  reordered: boolean;
  asked_recently: boolean;
  last_message_at: Date | null;
  capped_at: Date[] | null;
}

const SENDER = `case t.channel when 'rcs' then b.settings->>'rcsAgent' else b.settings->>'sender' end`;

/** Message `m` is not the one asked about, nor the same one on another channel. */
const ANOTHER = '(m.order_id, m.step, m.occurrence) is distinct from (t.order_id, t.step, t.occurrence)';

/**
 * The columns of a gate for a contact `c` of a brand `b`, an order `o` (or none) and a message `t` of a step, an occurrence and a
 * channel. The usable number that was ordered with last is the one that is written to. Of STOP and START the customer's last
 * word counts, not the last to arrive: webhooks are delivered for 24 h; and it counts on every channel, as a consent does: both
 * are about the number. Only a rejected message has reached nobody for sure. What went out of one step on two channels is one
 * message to the person: it counts once, and never against itself.
 */
export const GATE_COLUMNS = `
  c.id as contact_id, c.gate_version, c.zone, c.country, c.region, a.address, a.country as address_country,
  ${SENDER} as sender,
  (select s.state from suppressions s where s.brand_id = c.brand_id and s.address = a.address
    order by s.occurred_at desc, s.id desc limit 1) as suppression,
  (select jsonb_object_agg(k.class, k.state) from (select distinct on (class) class, state from consents
    where contact_id = c.id order by class, occurred_at desc, id desc) k) as consent,
  (select i.type from inbox i where i.brand_id = o.brand_id and i.order_id = o.id
    and i.type in ('order_cancelled', 'return_received') order by i.type limit 1) as ended,
  exists (select from cases s where s.contact_id = c.id and s.closed_at is null) as open_case,
  coalesce((c.loyalty->>'member')::boolean, false) as member,
  exists (select from orders n where n.contact_id = c.id and n.placed_at > o.placed_at) as reordered,
  exists (select from messages m where m.contact_id = c.id and not (${ANOTHER}) and m.channel <> t.channel
    and m.state in ('delivered', 'read')) as delivered_elsewhere,
  (select jsonb_build_object('scope', s.scope, 'code', s.code) from stops s
    where s.brand_id = c.brand_id and s.released_at is null and s.channel = t.channel and (s.sender = ${SENDER}
      or (s.kind = t.kind and s.locale = coalesce(t.locale, c.locale, b.settings->>'locale')))
    order by s.scope limit 1) as stopped,
  exists (select from messages m where m.contact_id = c.id and m.kind = 'nps_request' and ${ANOTHER}
    and m.state <> 'rejected' and m.submitted_at > cast(:now as timestamptz) - :npsPeriod * interval '1 ms') as asked_recently,
  (select max(m.submitted_at) from messages m where m.contact_id = c.id and m.kind = any(:spacedKinds)
    and ${ANOTHER} and m.state <> 'rejected') as last_message_at,
  (select array_agg(k.at) from (select max(m.submitted_at) as at from messages m where m.contact_id = c.id and ${ANOTHER}
    and m.class in ('promotional', 'service_feedback') and m.state <> 'rejected'
    and m.submitted_at > cast(:now as timestamptz) - :capPeriod * interval '1 ms'
    group by m.order_id, m.step, m.occurrence) k) as capped_at`;

/** A number is tried on a channel until the provider has said that it can't be reached there. */
export const NEWEST_ADDRESS = `left join lateral (select address, country from addresses
  where contact_id = c.id and channel = 'sms' and usable order by last_used_at desc, id desc limit 1) a
  on not exists (select from addresses x where x.brand_id = c.brand_id and x.channel = t.channel and x.address = a.address
    and not x.usable)`;

/** What `GATE_COLUMNS` are asked with: the moment and the periods that count from it. */
export function periods(now: number): { now: string; npsPeriod: number; capPeriod: number; spacedKinds: string[] } {
  return {
    now: new Date(now).toISOString(),
    npsPeriod: NPS_PERIOD,
    capPeriod: CAP_PERIOD,
    spacedKinds: [...SPACED_KINDS],
  };
}

/** A message that is not in the ledger yet. `order` null: about no order. */
export interface GateQuestion {
  readonly brand: string;
  readonly contact: string;
  readonly order: string | null;
  readonly step: string;
  readonly occurrence: string;
  readonly kind: MessageKind;
  readonly channel: Channel;
}

/** The gate of a contact for a message, as of `now` (epoch ms). */
export async function readGate(db: Db, question: GateQuestion, now: number): Promise<Gate> {
  const { brand, contact, order, step, occurrence, kind, channel } = question;
  const statement = db.raw<{ rows: GateRow[] }>(
    `select ${GATE_COLUMNS} from contacts c join brands b on b.id = c.brand_id
       cross join (select cast(:order as text) as order_id, cast(:step as text) as step,
         cast(:occurrence as text) as occurrence, cast(:kind as text) as kind,
         cast(:channel as text) as channel, cast(null as text) as locale) t
       left join orders o on o.brand_id = c.brand_id and o.id = t.order_id ${NEWEST_ADDRESS}
     where c.brand_id = :brand and c.id = :contact`,
    { brand, contact, order, step, occurrence, kind, channel, ...periods(now) },
  );
  const { rows } = await statement.options(prepared('read_gate'));
  if (!rows[0]) throw new Error('no such contact');
  return toGate(rows[0]);
}

export function toGate(row: GateRow): Gate {
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
    ...(row.sender !== null && { sender: row.sender }),
    deliveredElsewhere: row.delivered_elsewhere,
    ...(row.stopped && { stopped: row.stopped }),
    ...(row.ended !== null && { ended: row.ended === 'order_cancelled' ? 'order_cancelled' : 'order_returned' }),
    openCase: row.open_case,
    consent: row.consent ?? {},
    customer: { member: row.member, reordered: row.reordered, asked_recently: row.asked_recently },
    ...(row.last_message_at && { lastMessageAt: row.last_message_at.getTime() }),
    cappedAt: (row.capped_at ?? []).map((at) => at.getTime()),
  };
}
