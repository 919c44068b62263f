/** One brand reports thousands of events while another places a few orders. */
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../../../kit/report.ts';
import type { Awaited } from './judge.ts';
import type { AbuseStage } from './stage.ts';
import { until } from './wait.ts';

export interface FloodPlan {
  /** Orders of the loud brand; each event of it is about one of them. */
  readonly orders: number;
  readonly events: number;
  /** Orders of the quiet brand. */
  readonly quiet: number;
  readonly quietEveryMs: number;
  /** Time within which all texts have to be out, ms. */
  readonly limitMs: number;
}

/** Concurrent requests of the loud brand. */
const AT_ONCE = 16;
/** Orders that come before the flood: the first ones of a worker that has just started take five times as long as later ones. */
const WARMING = 20;

export async function flood(
  { loud, quiet, vonage }: AbuseStage,
  plan: FloodPlan,
): Promise<{ readonly loud: readonly Awaited[]; readonly quiet: readonly Awaited[]; readonly seconds: number }> {
  const warming = Array.from({ length: WARMING }, (_, number) => `+393483${String(number).padStart(6, '0')}`);
  for (const [number, phone] of warming.entries()) await quiet.place({ id: `prima-${number}`, phone });
  await until(() => warming.every((phone) => vonage.messages().some(({ to }) => to === phone)));
  const loudOnes: Awaited[] = [];
  const quietOnes: Awaited[] = [];
  const begunAt = Date.now();
  const loudPhone = (number: number): string => `+393481${String(number).padStart(6, '0')}`;
  const queue = Array.from({ length: plan.orders + plan.events }, (_, index) => index).values();
  const lane = async (): Promise<void> => {
    for (const index of queue) {
      const number = index % plan.orders;
      if (index < plan.orders) {
        await loud.place({ id: `folla-${number}`, phone: loudPhone(number) });
        loudOnes.push({ phone: loudPhone(number), at: Date.now() });
      } else await loud.report(`folla-${number}`, { id: `evento-${index}`, type: 'order_updated' });
    }
  };
  const flooding = Promise.all(Array.from({ length: AT_ONCE }, lane));
  // The flood starts before the other brand's first order.
  await sleep(1_000);
  for (let number = 0; number < plan.quiet; number += 1) {
    const phone = `+393482${String(number).padStart(6, '0')}`;
    await quiet.place({ id: `ordine-${number}`, phone });
    quietOnes.push({ phone, at: Date.now() });
    await sleep(plan.quietEveryMs);
  }
  await flooding;
  const texted = (awaited: readonly Awaited[]): boolean => {
    const got = new Set(vonage.messages().map(({ to }) => to));
    return awaited.every(({ phone }) => got.has(phone));
  };
  await until(() => texted(quietOnes));
  await until(() => texted(loudOnes), plan.limitMs);
  return { loud: loudOnes, quiet: quietOnes, seconds: Math.round((Date.now() - begunAt) / 1000) };
}

/**
 * The stages from an order of the quiet brand to its text: stored, told to its workflow, decided, submitted. Name, p50 and p99 of each,
 * ms.
 */
export async function stagesOf({ db, quiet }: AbuseStage): Promise<readonly (readonly [string, number, number])[]> {
  const { rows } = await db.raw<{ rows: { told: number; decided: number; submitted: number }[] }>(
    `select cast(extract(epoch from i.applied_at - i.received_at) * 1000 as double precision) as told,
         cast(extract(epoch from m.created_at - i.applied_at) * 1000 as double precision) as decided,
         cast(extract(epoch from m.submitted_at - m.created_at) * 1000 as double precision) as submitted
       from inbox i join messages m on m.brand_id = i.brand_id and m.order_id = i.order_id and m.kind = 'order_confirmation'
      where i.brand_id = ? and i.type = 'order_placed' and i.order_id like 'ordine-%' and m.submitted_at is not null`,
    [quiet.brand.id],
  );
  return (['told', 'decided', 'submitted'] as const).map((stage) => {
    const times = rows.map((row) => Math.max(0, Math.round(row[stage])));
    return [stage, percentile(times, 0.5), percentile(times, 0.99)];
  });
}
