/** Facts of a contact that the gate reads, as columns of one statement and so of one snapshot. */
import { WITH_REPLY_WINDOW } from '../../../channels/all.ts';
import { AFTER_CASE, HOLDS_NOTHING } from '../../../domain/sending/gate/case-hold.ts';
import type { WaitingMessage, Sent } from '../../../domain/sending/gate/caps.ts';
import { REDUCIBLE_TOPICS, LONGEST_CAP } from '../../../domain/sending/gate/caps.ts';
import type { ConsentEvent } from '../../../domain/consent/consent.ts';
import type { Brand } from '../../../domain/orders/brand.ts';
import type { KnownPromise } from '../../../domain/orders/delay.ts';
import type { ListChecks } from '../../../domain/consent/consent-rules.ts';
import { NPS_PERIOD } from '../../../domain/sending/ledger.ts';
import type { Channel, MessageClass, MessageKind } from '../../../domain/sending/message.ts';
import { MESSAGE_KINDS, SPACED_KINDS, isMessageKind, kindRule, kindsAbout } from '../../../domain/sending/message.ts';
import type { Texted } from '../../../domain/sending/gate/number-limits.ts';
import { HIGHEST_LIMIT, LONGEST_LIMIT } from '../../../domain/sending/gate/number-limits.ts';
import type { Preferences } from '../../../domain/consent/choices.ts';
import type { NeededFacts } from '../../../domain/sending/gate/needed-facts.ts';
import type { Spent } from '../../../domain/sending/spend.ts';
import { isNumber, isOnBaseChannel } from '../../addresses/number.ts';
import { costsOf, localDay } from '../spend/costs.ts';
import type { BrandColumns } from './known-brands.ts';
import { isStopped } from './is-stopped.ts';

/** The columns of `gateColumns` as they come. Those of facts that are not needed are absent. */
export interface GateRow {
  contact_id: string;
  gate_version: number;
  settings_hash: string;
  /** Present if it was asked for. */
  settings?: Brand;
  zone: string | null;
  shop_zone: string | null;
  country: string | null;
  region: string | null;
  postcode: string | null;
  address: string | null;
  address_country: string | null;
  /** Of the text that is written, or will be. */
  text_locale: string | null;
  suppressed: boolean | null;
  delivered_elsewhere: boolean;
  blocks: readonly BlockInForce[] | null;
  /** Absent: no channel has a reply window. */
  wrote_at?: Date | null;
  consents?: readonly ConsentEvent[] | null;
  lists?: ListChecks | null;
  preferences?: StoredPreferences | null;
  /** The type of the event that ended the order. */
  ended: 'order_cancelled' | 'return_received' | 'refund_issued' | null;
  open_case?: boolean;
  case_closed_at?: Date | null;
  held?: boolean;
  erasure_due_at?: Date | null;
  member: boolean;
  reordered?: boolean;
  asked_recently?: boolean;
  last_message_at?: Date | null;
  sent?: readonly Sent[] | null;
  waiting_messages?: readonly WaitingMessage[] | null;
  /** Countries that orders are delivered to. */
  delivered_to: readonly string[] | null;
  texted?: readonly Texted[] | null;
  spent?: Spent | null;
  country_held?: boolean | null;
  delay?: (Omit<KnownPromise, 'told'> & { readonly told: KnownPromise['told'] | null }) | null;
}

/** A sender, or a template in one language, that the provider refuses of a brand on a channel. */
export interface BlockInForce {
  readonly scope: 'template' | 'sender';
  readonly code: string;
  readonly sender: string | null;
  readonly kind: MessageKind | null;
  readonly locale: string | null;
}

export type StoredPreferences = Omit<Preferences, 'mostPerWeek' | 'pausedUntil'> & {
  readonly mostPerWeek: number | null;
  readonly pausedUntil: number | null;
};

/** Message `m` is not the one asked about, nor the same one on another channel. */
const ANOTHER = another('m');

function another(alias: string): string {
  return `(${alias}.order_id, ${alias}.step, ${alias}.occurrence) is distinct from (t.order_id, t.step, t.occurrence)`;
}

/** Epoch ms of a timestamp, inside JSON. */
function ms(column: string): string {
  return `(extract(epoch from ${column}) * 1000)::bigint`;
}

/** A moment so many ms before `now`. */
function ago(period: number): string {
  return `cast(:now as timestamptz) - interval '${period} ms'`;
}

/** A constant inside the text: as a parameter it would be read again at each call. */
function arrayOf(kinds: readonly MessageKind[]): string {
  return `cast('{${kinds.join(',')}}' as text[])`;
}

function kindsOf(messageClass: MessageClass): string {
  const ofClass = (kind: string): kind is MessageKind => isMessageKind(kind) && kindRule(kind).class === messageClass;
  return arrayOf(Object.keys(MESSAGE_KINDS).filter(ofClass));
}

const COUNTED_KINDS = arrayOf(kindsAbout(REDUCIBLE_TOPICS));
const NEWS_KINDS = kindsOf('transactional');
const ANSWER_KINDS = kindsOf('compliance');

/** Message `m` has arrived on another channel than `t`. */
const ARRIVED = "m.channel <> t.channel and m.state in ('delivered', 'read')";

/** A stop counts on every channel, and for every contact that has the number. True, false or, without an address `a`, null. */
export const SUPPRESSED = `(a.token is not null and ${isStopped('c.brand_id', 'a.token')}) as suppressed`;

/** The latest entry of each sort is all that the fold needs. */
export const CONSENTS = consentsWhere('true');

/**
 * A confirmation counts for the number that it came from. One that is older than number `a` came from another number.
 */
const CONSENTS_OF_NUMBER = consentsWhere(
  "(action <> 'confirmed' or a.created_at is null or occurred_at >= a.created_at)",
);

function consentsWhere(condition: string): string {
  return `(select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', k.id::text, 'class', k.class, 'night', k.night,
      'action', k.action, 'basis', k.basis, 'at', ${ms('k.occurred_at')}, 'expiresAt', ${ms('k.expires_at')})))
    from (select distinct on (class, night, action, basis) * from consents where contact_id = c.id and ${condition}
      order by class, night, action, basis, occurred_at desc, id desc) k) as consents`;
}

export const LISTS = `(select jsonb_object_agg(l.list, jsonb_build_object('listed', l.listed, 'at', ${ms('l.checked_at')}))
    from (select distinct on (list) list, listed, checked_at from list_checks where contact_id = c.id
      order by list, checked_at desc, id desc) l) as lists`;

export const PREFERENCES = `(select jsonb_build_object('topicsOff', p.topics_off, 'channelsOff', p.channels_off,
      'mostPerWeek', p.most_per_week, 'pausedUntil', ${ms('p.paused_until')})
    from preferences p where p.contact_id = c.id) as preferences`;

/** Only a rejected message has certainly not arrived. A message on two channels counts as one. */
const SENT = `(select jsonb_agg(k.one) from (
      select jsonb_build_object('kind', m.kind, 'at', ${ms('max(m.submitted_at)')}) as one from messages m
       where m.contact_id = c.id and ${ANOTHER} and m.kind = any(${COUNTED_KINDS}) and m.state <> 'rejected'
         and m.submitted_at > ${ago(LONGEST_CAP)}
       group by m.order_id, m.step, m.occurrence, m.kind) k) as sent`;

/** Decision `l` is a later one than `w` about the same message, perhaps on another channel. */
const LATER = `l.contact_id = w.contact_id and l.step = w.step and l.occurrence = w.occurrence
  and l.kind = w.kind and (l.decided_at, l.id) > (w.decided_at, w.id)`;

/**
 * Messages whose last decision was to wait, while they are useful. A message that did not come back an hour after its
 * time has lost its order and keeps no room. Neither does one whose template or sender is blocked, because it may
 * never be sent.
 */
const WAITING_MESSAGES = `(select jsonb_agg(jsonb_build_object('kind', w.kind, 'until', ${ms('w.wait_until')}))
    from decisions w
    where w.contact_id = c.id and w.kind = any(${COUNTED_KINDS}) and ${another('w')}
      and w.decided_at > ${ago(LONGEST_CAP)}
      and w.decided_at <= cast(:now as timestamptz) + interval '1 day'
      and w.outcome = 'wait' and w.reason <> 'stopped' and w.useful_until >= cast(:now as timestamptz)
      and w.wait_until > cast(:now as timestamptz) - interval '1 hour'
      and not exists (select from decisions l where l.brand_id = w.brand_id and l.order_id = w.order_id and ${LATER})
      and (w.order_id is not null or not exists (
        select from decisions l where l.brand_id = w.brand_id and l.order_id is null and ${LATER}))) as waiting_messages`;

/** The zone that the person has chosen, and the zone that the shop reports: that of order `o` first. */
export const ZONE_COLUMNS = `case when c.zone_chosen then c.zone end as zone,
  coalesce(o.zone, case when not c.zone_chosen then c.zone end) as shop_zone`;

/** Whether the address of order `o` is used. It is not if it tells only a country and that is the country of the last known address. */
const HAS_PLACE = `(o.country is not null and (num_nonnulls(o.region, o.city, o.postcode) > 0 or o.country is distinct from c.country))`;

/** A part of the delivery address of order `o`; without an order, of the newest address. */
export function addressPart(column: 'country' | 'region' | 'city' | 'postcode'): string {
  return `case when ${HAS_PLACE} then o.${column} else c.${column} end as ${column}`;
}

/**
 * Where order `o` is delivered to; for a message about no order, where any order of the contact is. Digital orders do not count: their
 * country is what the buyer typed into a bill. A corrected order is delivered to another contact.
 */
const DELIVERED_TO = `case when t.order_id is not null then case when o.fulfilment = 'shipped' and o.contact_id = c.id then array[o.country] end
  else array(select distinct p.country from orders p where p.contact_id = c.id and p.brand_id = c.brand_id
    and p.country is not null and p.fulfilment = 'shipped') end as delivered_to`;

/**
 * Messages that count for the number's limits: news of orders if this is one, answers if this is one. Newest first, at most as many as
 * the highest limit.
 */
const TEXTED = `(select jsonb_agg(jsonb_build_object('kind', k.kind, 'at', ${ms('k.submitted_at')}, 'order', k.order_id,
        'own', k.order_id is not distinct from t.order_id, 'linkEnded', coalesce(k.submitted_at <= a.links_ended_at, false)))
      from (select m.kind, m.submitted_at, m.order_id from messages m
       where m.contact_id = c.id and ${ANOTHER} and m.state <> 'rejected'
         and m.kind = any(case when t.kind = any(${NEWS_KINDS}) then ${NEWS_KINDS} else ${ANSWER_KINDS} end)
         and m.submitted_at > ${ago(LONGEST_LIMIT)}
       order by m.submitted_at desc limit ${HIGHEST_LIMIT}) k) as texted`;

/** Read only for a brand with a spend limit. */
const SPENT = `case when jsonb_exists(b.settings, 'spend') then (
    select jsonb_build_object('day', coalesce(sum(x.cost), 0), 'country', coalesce(sum(x.cost) filter (where x.country = coalesce(a.country, 'ZZ')), 0),
        'until', ${ms(`(${localDay('cast(:now as timestamptz)')} + interval '1 day') at time zone (b.settings->>'zone')`)})
      from (${costsOf('c.brand_id', localDay('cast(:now as timestamptz)'))}) x) end as spent`;

/** A number that got a text before is a customer, so the country's alarm does not hold it. */
const COUNTRY_HELD = `case when b.settings->'conversionAlarm'->>'hold' = 'true' then exists (select from abuse_alarms l
      where l.brand_id = c.brand_id and l.kind = 'conversion' and l.country = a.country
        and l.raised_at > cast(:now as timestamptz) - interval '24 hours' and l.raised_at <= cast(:now as timestamptz))
    and not exists (select from messages m where m.contact_id = c.id and ${ANOTHER} and m.submitted_at is not null
      and m.state <> 'rejected') end as country_held`;

/** Of events of order `o`. The mark of an order that was given back is set with the refund that made it so. */
const ENDED = `(select case when bool_or(i.type = 'order_cancelled') then 'order_cancelled'
      when bool_or(i.type = 'return_received' and not jsonb_exists(i.payload, 'part'))
        or sum((i.payload->'part'->>'pieces')::int) filter (where i.type = 'return_received') >= coalesce((o.details->>'pieces')::int, 0)
      then 'return_received' when o.given_back_at is not null then 'refund_issued' end
    from inbox i where i.brand_id = o.brand_id and i.order_id = o.id and i.type in ('order_cancelled', 'return_received')) as ended`;

/**
 * A later order that was neither cancelled nor given back as a whole, and is not a test of the shop's. The sorting
 * makes PostgreSQL read the index by time; another index would read all orders of a till.
 */
const REORDERED = `exists (select from (select cancelled_at, given_back_at, details from orders where contact_id = c.id and placed_at > o.placed_at
      order by placed_at) n
    where n.cancelled_at is null and n.given_back_at is null and not jsonb_exists(n.details, 'test')) as reordered`;

/**
 * The promised time of order `o` as the customer knows it. Null: the message is about no promise of it. The occurrence of a message about
 * a promise is the promised moment.
 */
const DELAY = `(select jsonb_build_object('promisedAt', min(p.promised_at) filter (where p.promised_at::text = t.occurrence),
      'first', (array_agg(p.promised_at order by p.made_at, p.promised_at))[1],
      'told', (select jsonb_build_object('at', ${ms('m.submitted_at')}, 'promisedAt', m.occurrence::bigint) from messages m
         where m.brand_id = o.brand_id and m.order_id = o.id and m.contact_id = c.id and m.kind = 'delivery_delayed' and ${ANOTHER}
           and m.state <> 'rejected' and m.submitted_at is not null and m.occurrence = any(array_agg(p.promised_at::text))
         order by m.submitted_at desc limit 1))
    from (select o.placed_at, (o.details->>'promisedAt')::bigint
        union all select i.occurred_at, (i.payload->>'promisedAt')::bigint from inbox i
         where i.brand_id = o.brand_id and i.order_id = o.id and i.type = 'delivery_promised') p(made_at, promised_at)
     where p.promised_at is not null having bool_or(p.promised_at::text = t.occurrence)) as delay`;

/** The same message on another channel. An index finds it, but for a message about no order. */
const DELIVERED_ELSEWHERE = `case when t.order_id is not null then exists (select from messages m where m.brand_id = c.brand_id
      and m.order_id = t.order_id and m.step = t.step and m.occurrence = t.occurrence and m.contact_id = c.id and ${ARRIVED})
    else exists (select from messages m where m.contact_id = c.id and not (${ANOTHER}) and ${ARRIVED}) end as delivered_elsewhere`;

/** The provider's blocks of a brand on a channel: mostly none, and at most one for each template and sender. */
const BLOCKS = `(select jsonb_agg(jsonb_build_object('scope', s.scope, 'code', s.code, 'sender', s.sender, 'kind', s.kind, 'locale', s.locale))
    from blocks s where s.brand_id = c.brand_id and s.released_at is null and s.channel = t.channel) as blocks`;

/**
 * When the customer last wrote on the message's channel, if it is one of `channels`. A clock of the provider that is ahead opens no longer window
 * than ours. None of them: no column, because PostgreSQL sets up every part of a statement at each call.
 */
export function wroteAt(channels: readonly Channel[]): readonly string[] {
  if (channels.length === 0) return [];
  return [
    `case when t.channel in (${channels.map((name) => `'${name}'`).join(', ')}) then (select least(i.occurred_at, i.received_at)
      from conversations v join inbound_messages i on i.conversation_id = v.id
     where v.brand_id = c.brand_id and v.contact_id = c.id and i.channel = t.channel order by i.occurred_at desc limit 1) end as wrote_at`,
  ];
}

/** Of cases `s`: those that hold messages. */
const HOLDS = `s.kind not in (${HOLDS_NOTHING.map((kind) => `'${kind}'`).join(', ')})`;

/** Of each group of facts. */
const COLUMNS: Readonly<Record<keyof NeededFacts, readonly string[]>> = {
  choices: [CONSENTS_OF_NUMBER, LISTS, PREFERENCES],
  cases: [
    `exists (select from cases s where s.contact_id = c.id and s.closed_at is null and ${HOLDS}) as open_case`,
    'exists (select from cases s where s.contact_id = c.id and s.closed_at is null and s.holds_promotions) as held',
  ],
  erasure: [
    '(select p.due_at from planned_erasures p where p.contact_id = c.id and p.cancelled_at is null and p.begun_at is null) as erasure_due_at',
  ],
  spacing: [
    `(select max(m.submitted_at) from messages m where m.contact_id = c.id and m.kind = any(${arrayOf(SPACED_KINDS)})
      and ${ANOTHER} and m.state <> 'rejected') as last_message_at`,
  ],
  caps: [
    SENT,
    WAITING_MESSAGES,
    `(select max(s.closed_at) from cases s where s.contact_id = c.id and s.closed_at > ${ago(AFTER_CASE)}
      and ${HOLDS}) as case_closed_at`,
  ],
  limits: [TEXTED],
  delay: [DELAY],
  guards: [
    REORDERED,
    `exists (select from messages m where m.contact_id = c.id and m.kind = 'nps_request' and ${ANOTHER}
      and m.state <> 'rejected' and m.submitted_at > ${ago(NPS_PERIOD)}) as asked_recently`,
  ],
};

/**
 * The columns of a gate for a contact `c` of a brand `b`, an order `o` (or none) and a message `t` of a step, an occurrence and a
 * channel. `a` is the contact's number. PostgreSQL sets up every part of a statement at each call, whether it comes to be needed or not,
 * so the parts that are needless are left out of the text. Takes `now`.
 */
export function gateColumns(needed: NeededFacts, { limits, settings }: BrandColumns): string {
  const groups = Object.entries(COLUMNS).filter(([group]) => needed[group as keyof NeededFacts]);
  return [
    'c.id as contact_id, c.gate_version, b.settings_hash',
    ZONE_COLUMNS,
    ...(['country', 'region', 'postcode'] as const).map(addressPart),
    'a.address, a.country as address_country, coalesce(t.locale, o.locale, c.locale) as text_locale',
    SUPPRESSED,
    ENDED,
    "coalesce((c.loyalty->>'member')::boolean, false) as member",
    DELIVERED_ELSEWHERE,
    BLOCKS,
    DELIVERED_TO,
    ...wroteAt(WITH_REPLY_WINDOW),
    ...groups.flatMap(([, columns]) => columns),
    ...(limits ? [SPENT, COUNTRY_HELD] : []),
    ...(settings ? ['b.settings'] : []),
  ].join(',\n  ');
}

/**
 * The number of contact `c`, while it belongs to that contact. It is left out on a channel on which the provider has said that it cannot
 * be reached. A contact has one number at a time.
 */
export const ADDRESS = `left join addresses a on a.contact_id = c.id and ${isNumber('a')} and a.usable and a.retired_at is null
  and (${isOnBaseChannel('t.channel')} or not exists (select from addresses x where x.contact_id = c.id and x.channel = t.channel
    and x.address = a.address and x.retired_at is null and not x.usable))`;
