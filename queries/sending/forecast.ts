/** The messages to come, as far as the database knows them, and the state of a brand's lanes. */
import type { LaneKind, LaneState } from '../../domain/sending/lane.ts';
import type { Channel, MessageClass, MessageKind } from '../../domain/sending/message.ts';
import { kindRule } from '../../domain/sending/message.ts';
import type { Db } from '../../db/connection/connect.ts';
import { timestamp } from '../../db/connection/timestamp.ts';
import { factorAt } from '../../db/sending/lanes/lane-clocks.ts';

interface LaneRow {
  id: string;
  kind: LaneKind;
  brand_id: string | null;
  channel: Channel | null;
  unit: 'messages' | 'segments';
  tokens: number;
  period_ms: number;
  zone: string | null;
  reserved: number;
  factor_now: number;
  booked_to: Date;
  held_until: Date | null;
  left_today: number | null;
}

/** The account's lane and those of a brand; without a brand, all that limit messages. */
export async function readLaneStates(db: Db, now: number, brand?: string): Promise<readonly LaneState[]> {
  const { rows } = await db.raw<{ rows: LaneRow[] }>(
    `select l.id, l.kind, l.brand_id, l.channel, l.unit, l.tokens, l.period_ms, l.zone, l.reserved,
        ${factorAt('asked.now')} as factor_now,
        case when l.zone is null then greatest(l.booked_to, l.taken_to, asked.now) else asked.now end as booked_to,
        case when greatest(l.open_until, l.blocked_until) > asked.now then greatest(l.open_until, l.blocked_until) end as held_until,
        case when l.zone is not null then floor(least(
          extract(epoch from ends - greatest(l.taken_to, starts)),
          extract(epoch from ends - greatest(l.booked_to, starts)) - l.reserved * extract(epoch from ends - starts))
          / extract(epoch from ends - starts) * l.tokens) end as left_today
      from (select cast(:now as timestamptz) as now) asked cross join lanes l
        cross join lateral (select date_trunc('day', now, l.zone) as starts) today
        cross join lateral (select date_trunc('day', starts + interval '30 hours', l.zone) as ends) tomorrow
     where l.kind <> 'records' and (cast(:brand as text) is null or l.brand_id is null or l.brand_id = :brand) order by l.id`,
    { brand: brand ?? null, now: timestamp(now) },
  );
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    ...(row.brand_id !== null && { brand: row.brand_id }),
    ...(row.channel !== null && { channel: row.channel }),
    unit: row.unit,
    tokens: row.tokens,
    periodMs: row.period_ms,
    ...(row.zone !== null && { zone: row.zone }),
    reserved: row.reserved,
    factor: row.factor_now,
    bookedTo: row.booked_to.getTime(),
    ...(row.held_until && { heldUntil: row.held_until.getTime() }),
    ...(row.left_today !== null && { left: Math.max(0, row.left_today) }),
  }));
}

/** Messages of one class that will be sent, if nothing changes before. Moments are epoch ms. */
export interface ComingMessages {
  readonly class: MessageClass;
  /** `booked`: with a slot in the lanes. `due`: waiting for a moment, to book one then or to go ahead as order news. */
  readonly state: 'booked' | 'due';
  readonly messages: number;
  /** Messages without a text yet: their segments are unknown and counted as one each. */
  readonly segments: number;
  readonly first: number;
  readonly last: number;
  /** The moment at which the first of them becomes useless. */
  readonly usefulUntil: number;
}

interface ComingRow {
  kind: MessageKind;
  state: 'booked' | 'due';
  messages: number;
  segments: number;
  first: Date;
  last: Date;
  useful_until: Date | null;
  asked_first: Date | null;
}

/** Messages that are booked, or wait for a moment, between now and `until`. */
export async function comingMessages(
  db: Db,
  brand: string,
  now: number,
  until: number,
): Promise<readonly ComingMessages[]> {
  const { rows } = await db.raw<{ rows: ComingRow[] }>(
    `select kind, 'booked' as state, count(*) as messages, sum(coalesce(segments, 1)) as segments,
        min(slot_at) as first, max(slot_at) as last, min(useful_until) as useful_until, null as asked_first
       from messages where brand_id = :brand and state = 'planned' and slot_at >= :now and slot_at < :until group by kind
     union all
     select d.kind, 'due', count(*), count(*), min(d.wait_until), max(d.wait_until), null,
        min((select min(f.decided_at) from all_decisions f where f.contact_id = d.contact_id and f.step = d.step
          and f.occurrence = d.occurrence and f.order_id is not distinct from d.order_id))
       from all_decisions d
      where d.brand_id = :brand and d.outcome = 'wait' and d.wait_until >= :now and d.wait_until < :until
        and not exists (select from all_decisions x where x.contact_id = d.contact_id and x.id > d.id and x.step = d.step
          and x.occurrence = d.occurrence and x.channel = d.channel and x.order_id is not distinct from d.order_id)
        and not exists (select from messages m where m.contact_id = d.contact_id and m.step = d.step
          and m.occurrence = d.occurrence and m.channel = d.channel and m.order_id is not distinct from d.order_id
          and (m.state <> 'planned' or m.slot_at >= :now))
      group by d.kind`,
    { brand, now: timestamp(now), until: timestamp(until) },
  );
  const coming = rows.map(({ kind, state, messages, segments, first, last, useful_until, asked_first }) => ({
    class: kindRule(kind).class,
    state,
    messages,
    segments,
    first: first.getTime(),
    last: last.getTime(),
    usefulUntil: useful_until?.getTime() ?? (asked_first ?? first).getTime() + kindRule(kind).usefulFor,
  }));
  return [...Map.groupBy(coming, (one) => `${one.state} ${one.class}`).values()].flatMap(sumOf);
}

function sumOf(group: readonly ComingMessages[]): ComingMessages[] {
  const [one] = group;
  if (!one) return [];
  const sum = (count: (part: ComingMessages) => number): number =>
    group.reduce((total, part) => total + count(part), 0);
  return [
    {
      ...one,
      messages: sum(({ messages }) => messages),
      segments: sum(({ segments }) => segments),
      first: Math.min(...group.map(({ first }) => first)),
      last: Math.max(...group.map(({ last }) => last)),
      usefulUntil: Math.min(...group.map(({ usefulUntil }) => usefulUntil)),
    },
  ];
}
