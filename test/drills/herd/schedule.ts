/**
 * The schedule of a herd, on virtual time: promotions that are all due in the same minute book their slots through the statement
 * that saves their texts, while order news reserves its tokens through the statement that reads its gate.
 */
import { loadBrand } from '../../../brands/load.ts';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import type { Db } from '../../../db/connection/connect.ts';
import { readMessageAndGate } from '../../../db/sending/ledger/ledger-message.ts';
import { saveLane } from '../../../db/sending/lanes/lanes.ts';
import { timestamp } from '../../../db/connection/timestamp.ts';
import { saveText } from '../../../db/sending/lanes/slots.ts';
import { DAY, MINUTE } from '../../../domain/time/duration.ts';
import { accountLane } from '../../../domain/sending/lane.ts';

export interface HerdPlan {
  readonly brand: string;
  /** Concurrent bookings; absent: four. With one at a time the counts are exact, because several may come in any order. */
  readonly atOnce?: number;
  readonly contact: string;
  readonly promotions: number;
  /** Requests a second that the account may make. */
  readonly rate: number;
  /** When the first is due, epoch ms; the last is due a minute later. */
  readonly dueAt: number;
  /** Every tenth recipient may not be sent anything from then on, until the day after. */
  readonly earlyEdge: number;
  /** The window of all others closes then. */
  readonly edge: number;
}

export interface ScheduleFigures {
  readonly booked: number;
  /** Messages that were told to ask again in the next window. */
  readonly nextWindow: number;
  /** From the first due moment to the last slot, ms. */
  readonly drainMs: number;
  /** Slots after the window, or after their message is useful. */
  readonly late: number;
  /** The most slots in any second. */
  readonly mostInSecond: number;
  /** Order news that came meanwhile, and how long the slowest had to wait, ms. */
  readonly news: number;
  readonly newsWaitMs: number;
}

/** Midday in the brand's zone, on a Tuesday. */
const DUE_AT = Date.UTC(2026, 2, 3, 11);

/** A brand and one contact, who stands for all: lanes do not know contacts. */
export async function openBooks(db: Db): Promise<Pick<HerdPlan, 'brand' | 'contact' | 'dueAt'>> {
  const brand = loadBrand(new URL('../../../demo/brand.yaml', import.meta.url), 'demo/brand.yaml');
  await saveBrand(db, brand, DUE_AT);
  const [row]: { id: string }[] = await db('contacts')
    .insert({ brand_id: brand.id, external_id: 'herd', created_at: new Date(DUE_AT) })
    .returning('id');
  if (!row) throw new Error('no contact');
  return { brand: brand.id, contact: row.id, dueAt: DUE_AT };
}

const TEXT = { text: 'Bottega Sole: per te', locale: 'it', encoding: 'gsm7', segments: 1 } as const;
/** Bookings at a time: the lane's row serves one at a time anyway. */
const AT_ONCE = 4;
const NEWS_EVERY = 333;
const EARLY = 10;

export async function bookHerd(db: Db, plan: HerdPlan): Promise<ScheduleFigures> {
  await saveLane(db, accountLane(plan.rate));
  const promotions = await insertMessages(db, plan, 'bundle_offer', 'promotional', plan.promotions, 7 * DAY);
  const [news = ''] = await insertMessages(db, plan, 'order_updated', 'transactional', 1, DAY);
  const due = promotions.map((message, index) => ({
    message,
    now: plan.dueAt + Math.floor((index / promotions.length) * MINUTE),
    before: index % EARLY === 0 ? plan.earlyEdge : plan.edge,
  }));
  const left = due.values();
  let nextNews = plan.dueAt;
  const newsWaits: number[] = [];
  const worker = async (): Promise<void> => {
    for (const { message, now, before } of left) {
      await saveText(db, message, TEXT, { now, before, again: before + DAY / 2 });
      if (now < nextNews) continue;
      nextNews += NEWS_EVERY;
      // Order news whose gate is only read takes its token and stays planned, so one message stands for all of them.
      const read = await readMessageAndGate(db, news, now, ['planned']);
      if (read?.reservation?.kind !== 'granted') throw new Error('order news had to wait for a timer');
      newsWaits.push(read.reservation.at - now);
    }
  };
  await Promise.all(Array.from({ length: plan.atOnce ?? AT_ONCE }, worker));
  const edges = new Map(due.map(({ message, before }) => [message, before]));
  return { ...(await slotFigures(db, plan, edges)), news: newsWaits.length, newsWaitMs: Math.max(...newsWaits) };
}

async function slotFigures(
  db: Db,
  { dueAt, brand }: HerdPlan,
  edges: ReadonlyMap<string, number>,
): Promise<Omit<ScheduleFigures, 'news' | 'newsWaitMs'>> {
  const rows: { id: string; slot_at: Date | null; useful_until: Date }[] = await db('messages')
    .where({ brand_id: brand, kind: 'bundle_offer' })
    .select('id', 'slot_at', 'useful_until');
  const slots = rows.flatMap(({ id, slot_at, useful_until }) =>
    slot_at ? [{ at: slot_at.getTime(), until: Math.min(useful_until.getTime(), edges.get(id) ?? 0) }] : [],
  );
  const seconds = Map.groupBy(slots, ({ at }) => Math.floor(at / 1000));
  return {
    booked: slots.length,
    nextWindow: rows.length - slots.length,
    drainMs: slots.reduce((last, { at }) => Math.max(last, at), dueAt) - dueAt,
    late: slots.filter(({ at, until }) => at > until).length,
    mostInSecond: [...seconds.values()].reduce((most, { length }) => Math.max(most, length), 0),
  };
}

/** Messages that were allowed and wait for their text. */
async function insertMessages(
  db: Db,
  { brand, contact, dueAt }: HerdPlan,
  kind: string,
  messageClass: string,
  count: number,
  usefulFor: number,
): Promise<readonly string[]> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `insert into messages (brand_id, contact_id, step, occurrence, kind, class, channel, state, triggered_at, due_at, useful_until, created_at)
       select :brand, :contact, :kind, n, :kind, :messageClass, 'sms', 'planned', :dueAt, :dueAt, :usefulUntil, :dueAt
         from generate_series(1, :count) n returning id`,
    {
      brand,
      contact,
      kind,
      messageClass,
      count,
      dueAt: timestamp(dueAt),
      usefulUntil: timestamp(dueAt + usefulFor),
    },
  );
  return rows.map(({ id }) => id);
}
