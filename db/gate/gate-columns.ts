/** Facts of a contact that the gate reads, as columns of one statement and so of one snapshot. */
import { AFTER_CASE } from '../../domain/case-hold.ts';
import type { Rival, Sent } from '../../domain/caps.ts';
import { CHOSEN, LONGEST_CAP } from '../../domain/caps.ts';
import type { ConsentEvent } from '../../domain/consent.ts';
import type { Brand } from '../../domain/brand.ts';
import type { KnownPromise } from '../../domain/delay.ts';
import type { ListChecks } from '../../domain/consent-rules.ts';
import { NPS_PERIOD } from '../../domain/ledger.ts';
import type { MessageClass, MessageKind } from '../../domain/message.ts';
import { MESSAGE_KINDS, SPACED_KINDS, isMessageKind, kindRule, kindsAbout } from '../../domain/message.ts';
import type { Texted } from '../../domain/number-limits.ts';
import { HIGHEST_LIMIT, LONGEST_LIMIT } from '../../domain/number-limits.ts';
import type { Preferences } from '../../domain/preferences.ts';
import type { SenderKind } from '../../domain/rule-pack.ts';
import type { ProviderStop } from '../../domain/send-facts.ts';
import type { SpendSettings, Spent } from '../../domain/spend.ts';
import { MOST_IN_FLIGHT, UNKNOWN_PRICE } from '../../domain/spend.ts';
import { costsOf, localDay } from '../spend/costs.ts';
import { isStopped } from './standing-stop.ts';

/** The columns of `GATE_COLUMNS` as they come. */
export interface GateRow {
  contact_id: string;
  gate_version: number;
  zone: string | null;
  shop_zone: string | null;
  country: string | null;
  region: string | null;
  postcode: string | null;
  address: string | null;
  address_country: string | null;
  suppressed: boolean | null;
  sender: string | null;
  sender_kind: SenderKind | null;
  brand_limits: Brand['limits'] | null;
  delivered_elsewhere: boolean;
  counts_as_promotion: boolean;
  stopped: ProviderStop | null;
  consents: readonly ConsentEvent[] | null;
  lists: ListChecks | null;
  preferences: StoredPreferences | null;
  ended: string | null;
  open_case: boolean;
  case_closed_at: Date | null;
  held: boolean;
  erasure_due_at: Date | null;
  member: boolean;
  reordered: boolean;
  asked_recently: boolean;
  last_message_at: Date | null;
  sent: readonly Sent[] | null;
  rivals: readonly Rival[] | null;
  served: readonly string[] | null;
  texted: readonly Texted[] | null;
  brand_spend: SpendSettings | null;
  spent: Spent | null;
  country_held: boolean | null;
  delay: (Omit<KnownPromise, 'told'> & { readonly told: KnownPromise['told'] | null }) | null;
}

export type StoredPreferences = Omit<Preferences, 'mostPerWeek' | 'pausedUntil'> & {
  readonly mostPerWeek: number | null;
  readonly pausedUntil: number | null;
};

/** Of the country of the number where the brand has a sender of its own there. */
const SMS_SENDER = `coalesce(b.settings->'senders'->a.country, b.settings)`;
const SENDER = `case t.channel when 'rcs' then b.settings->>'rcsAgent' else ${SMS_SENDER}->>'sender' end`;

/** Message `m` is not the one asked about, nor the same one on another channel. */
const ANOTHER = another('m');

function another(alias: string): string {
  return `(${alias}.order_id, ${alias}.step, ${alias}.occurrence) is distinct from (t.order_id, t.step, t.occurrence)`;
}

/** Epoch ms of a timestamp, inside JSON. */
function ms(column: string): string {
  return `(extract(epoch from ${column}) * 1000)::bigint`;
}

/** A stop counts on every channel, and for every contact that has the number. True, false or, without an address `a`, null. */
export const SUPPRESSED = `(select a.token is not null and ${isStopped('c.brand_id', 'a.token')}) as suppressed`;

/** The latest entry of each sort is all that the fold needs. */
export const CONSENTS = consentsWhere('true');

/** A confirmation is of the number it came from: one that is older than the number `a` was of another. */
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

/** Only a rejected message has certainly not arrived. Messages of one step on two channels are one message to the person. */
const SENT = `case when t.kind = any(:countedKinds) then (select jsonb_agg(k.one) from (
      select jsonb_build_object('kind', m.kind, 'at', ${ms('max(m.submitted_at)')}) as one from messages m
       where m.contact_id = c.id and ${ANOTHER} and m.kind = any(:countedKinds) and m.state <> 'rejected'
         and m.submitted_at > cast(:now as timestamptz) - :longestCap * interval '1 ms'
       group by m.order_id, m.step, m.occurrence, m.kind) k) end as sent`;

/** Decision `l` is a later one than `w` about the same message, perhaps on another channel. */
const LATER = `l.contact_id = w.contact_id and l.step = w.step and l.occurrence = w.occurrence
  and l.kind = w.kind and (l.decided_at, l.id) > (w.decided_at, w.id)`;

/**
 * Messages whose last decision was to wait, while they are of use. One that has not come back an hour after it was to has lost its
 * order, and waits for nothing; one that the provider has stopped may never go out, and keeps no room.
 */
const RIVALS = `case when t.kind = any(:countedKinds) then (select jsonb_agg(jsonb_build_object('kind', w.kind, 'until', ${ms('w.wait_until')}))
    from decisions w
    where w.contact_id = c.id and w.kind = any(:countedKinds) and ${another('w')}
      and w.decided_at > cast(:now as timestamptz) - :longestCap * interval '1 ms'
      and w.decided_at <= cast(:now as timestamptz) + interval '1 day'
      and w.outcome = 'wait' and w.reason <> 'stopped' and w.useful_until >= cast(:now as timestamptz)
      and w.wait_until > cast(:now as timestamptz) - interval '1 hour'
      and not exists (select from decisions l where l.brand_id = w.brand_id and l.order_id = w.order_id and ${LATER})
      and (w.order_id is not null or not exists (
        select from decisions l where l.brand_id = w.brand_id and l.order_id is null and ${LATER}))) end as rivals`;

/** The zone that the person has chosen, and the zone that the shop reports: that of order `o` first. */
export const ZONES = `case when c.zone_chosen then c.zone end as zone,
  coalesce(o.zone, case when not c.zone_chosen then c.zone end) as shop_zone`;

/** Whether the address of order `o` is used. It is not if it tells only a country and that is the country of the last known address. */
const HAS_PLACE = `(o.country is not null and (num_nonnulls(o.region, o.city, o.postcode) > 0 or o.country is distinct from c.country))`;

/** A part of the delivery address of order `o`; without an order, of the newest address. */
export function placed(column: 'country' | 'region' | 'city' | 'postcode'): string {
  return `case when ${HAS_PLACE} then o.${column} else c.${column} end as ${column}`;
}

/**
 * Countries whose numbers are texted: the brand's list. Without a list: the brand's own country, the countries it has a sender for, and
 * the delivery country of the order (of any order of the contact, if the message is about none). Digital orders do not count: their
 * country is what the buyer typed into a bill.
 */
const SERVED = `coalesce(b.settings->'countries', (select jsonb_agg(s.country) from (
      select b.settings->>'country' as country
      union select jsonb_object_keys(coalesce(b.settings->'senders', '{}'))
      union select p.country from orders p where p.contact_id = c.id and p.brand_id = c.brand_id
        and p.country is not null and p.fulfilment = 'shipped' and (t.order_id is null or p.id = t.order_id)) s)) as served`;

/**
 * Messages that count for the number's limits: news of orders if this is one, answers if this is one. Newest first, at most as many as
 * the highest limit.
 */
const TEXTED = `case when t.kind = any(:newsKinds) or t.kind = any(:answerKinds) then (
    select jsonb_agg(jsonb_build_object('kind', k.kind, 'at', ${ms('k.submitted_at')}, 'order', k.order_id,
        'own', k.order_id is not distinct from t.order_id, 'linkEnded', coalesce(k.submitted_at <= a.links_ended_at, false)))
      from (select m.kind, m.submitted_at, m.order_id from messages m
       where m.contact_id = c.id and ${ANOTHER} and m.state <> 'rejected'
         and m.kind = any(case when t.kind = any(:newsKinds) then cast(:newsKinds as text[]) else cast(:answerKinds as text[]) end)
         and m.submitted_at > cast(:now as timestamptz) - :longestLimit * interval '1 ms'
       order by m.submitted_at desc limit :highestLimit) k) end as texted`;

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

/** Of events of order `o`. Returns and cancellations are few, so their sum is short. */
const ENDED = `(select i.type from inbox i where i.brand_id = o.brand_id and i.order_id = o.id
    and (i.type = 'order_cancelled' or (i.type = 'return_received' and (not jsonb_exists(i.payload, 'part')
      or (select sum((r.payload->'part'->>'pieces')::int) from inbox r where r.brand_id = o.brand_id and r.order_id = o.id
           and r.type = 'return_received') >= coalesce((o.details->>'pieces')::int, 0))))
    order by i.type limit 1) as ended`;

/** A later order that was neither cancelled nor given back as a whole, and is none of the shop's own tests. */
const REORDERED = `exists (select from orders n where n.contact_id = c.id and n.placed_at > o.placed_at
    and n.cancelled_at is null and n.given_back_at is null and not jsonb_exists(n.details, 'test')) as reordered`;

/**
 * The promised time of order `o` as the customer knows it. Null: the message is about no promise of it. The occurrence of a message about
 * a promise is the promised moment.
 */
const DELAY = `case when t.kind = 'delivery_delayed' then (select jsonb_build_object('promisedAt', min(p.promised_at) filter (where p.promised_at::text = t.occurrence),
      'first', (array_agg(p.promised_at order by p.made_at, p.promised_at))[1],
      'told', (select jsonb_build_object('at', ${ms('m.submitted_at')}, 'promisedAt', m.occurrence::bigint) from messages m
         where m.brand_id = o.brand_id and m.order_id = o.id and m.contact_id = c.id and m.kind = 'delivery_delayed' and ${ANOTHER}
           and m.state <> 'rejected' and m.submitted_at is not null and m.occurrence = any(array_agg(p.promised_at::text))
         order by m.submitted_at desc limit 1))
    from (select o.placed_at, (o.details->>'promisedAt')::bigint
        union all select i.occurred_at, (i.payload->>'promisedAt')::bigint from inbox i
         where i.brand_id = o.brand_id and i.order_id = o.id and i.type = 'delivery_promised') p(made_at, promised_at)
     where p.promised_at is not null having bool_or(p.promised_at::text = t.occurrence)) end as delay`;

/**
 * The columns of a gate for a contact `c` of a brand `b`, an order `o` (or none) and a message `t` of a step, an occurrence and a
 * channel. `a` is the contact's number.
 */
export const GATE_COLUMNS = `
  c.id as contact_id, c.gate_version, ${ZONES}, ${placed('country')}, ${placed('region')}, ${placed('postcode')},
  a.address, a.country as address_country,
  ${SENDER} as sender, ${SMS_SENDER}->>'senderKind' as sender_kind, b.settings->'limits' as brand_limits,
  coalesce(jsonb_exists(b.settings->'promotionalOn'->t.channel, t.kind), false) as counts_as_promotion,
  ${SUPPRESSED}, ${CONSENTS_OF_NUMBER}, ${LISTS}, ${PREFERENCES},
  ${ENDED},
  exists (select from cases s where s.contact_id = c.id and s.closed_at is null) as open_case,
  case when t.kind = any(:countedKinds) then (select max(s.closed_at) from cases s where s.contact_id = c.id
    and s.closed_at > cast(:now as timestamptz) - :afterCase * interval '1 ms') end as case_closed_at,
  exists (select from cases s where s.contact_id = c.id and s.closed_at is null and s.holds_promotions) as held,
  (select p.due_at from planned_erasures p where p.contact_id = c.id and p.cancelled_at is null and p.begun_at is null) as erasure_due_at,
  coalesce((c.loyalty->>'member')::boolean, false) as member,
  ${REORDERED},
  exists (select from messages m where m.contact_id = c.id and not (${ANOTHER}) and m.channel <> t.channel
    and m.state in ('delivered', 'read')) as delivered_elsewhere,
  (select jsonb_build_object('scope', s.scope, 'code', s.code) from stops s
    where s.brand_id = c.brand_id and s.released_at is null and s.channel = t.channel and (s.sender = ${SENDER}
      or (s.kind = t.kind and s.locale = coalesce(t.locale, o.locale, c.locale, b.settings->>'locale')))
    order by s.scope limit 1) as stopped,
  exists (select from messages m where m.contact_id = c.id and m.kind = 'nps_request' and ${ANOTHER}
    and m.state <> 'rejected' and m.submitted_at > cast(:now as timestamptz) - :npsPeriod * interval '1 ms') as asked_recently,
  (select max(m.submitted_at) from messages m where m.contact_id = c.id and m.kind = any(:spacedKinds)
    and ${ANOTHER} and m.state <> 'rejected') as last_message_at,
  ${SENT}, ${RIVALS}, ${SERVED}, ${TEXTED},
  b.settings->'spend' as brand_spend, ${SPENT}, ${COUNTRY_HELD}, ${DELAY}`;

/**
 * The number of contact `c`, while it belongs to that contact. It is left out on a channel on which the provider has said that it cannot
 * be reached.
 */
export const ADDRESS = `left join lateral (select address, country, token, created_at, link_id, link_epoch, links_ended_at from addresses
  where contact_id = c.id and channel = 'sms' and usable and retired_at is null limit 1) a
  on not exists (select from addresses x where x.contact_id = c.id and x.channel = t.channel and x.address = a.address
    and x.retired_at is null and not x.usable)`;

const COUNTED_KINDS = kindsAbout(CHOSEN);
const NEWS_KINDS = kindsOf('transactional');
const ANSWER_KINDS = kindsOf('compliance');

function kindsOf(messageClass: MessageClass): readonly MessageKind[] {
  return Object.keys(MESSAGE_KINDS).filter(
    (kind): kind is MessageKind => isMessageKind(kind) && kindRule(kind).class === messageClass,
  );
}

/** Bindings of `GATE_COLUMNS`: the moment and the periods that count from it. */
export function periods(now: number) {
  return {
    now: new Date(now).toISOString(),
    npsPeriod: NPS_PERIOD,
    longestCap: LONGEST_CAP,
    afterCase: AFTER_CASE,
    spacedKinds: [...SPACED_KINDS],
    countedKinds: [...COUNTED_KINDS],
    newsKinds: [...NEWS_KINDS],
    answerKinds: [...ANSWER_KINDS],
    longestLimit: LONGEST_LIMIT,
    highestLimit: HIGHEST_LIMIT,
    unknownPrice: UNKNOWN_PRICE,
    mostInFlight: MOST_IN_FLIGHT,
  };
}
