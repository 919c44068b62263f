/** A herd that is really sent: due at one moment, while orders with news come in, on a quota that is halved for a while. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HerdPeriod } from './judge.ts';
import { herdPhoneOf } from './orders.ts';
import type { HerdStage } from './stage.ts';

export interface SendPlan {
  readonly promotions: number;
  /** Messages a second of the provider's quota. */
  readonly rate: number;
  readonly newsPerSecond: number;
  /** Orders a second before the promotions are due. */
  readonly placedPerSecond: number;
  /** The first promotion is due so long before the last, ms. */
  readonly dueWithinMs: number;
  /** The times for which the quota is whole, halved, and whole again, ms from the due moment on. */
  readonly calmMs: number;
  readonly halvedMs: number;
  readonly recoveryMs: number;
}

export interface SendLog {
  readonly calm: HerdPeriod;
  readonly halved: HerdPeriod;
  readonly recovery: HerdPeriod;
  /** When order news became due, epoch ms, by the number it goes to. */
  readonly news: ReadonlyMap<string, number>;
}

const AT_ONCE = 8;
/** The workflows of the last orders need this long to set their timers. */
const SETTLES_IN = 3_000;

/** Places the herd, waits for its moment, and changes the provider's quota as planned. Throws when this machine is too slow for it. */
export async function sendHerd(stage: HerdStage, plan: SendPlan): Promise<SendLog> {
  const { promotions, placedPerSecond, rate } = plan;
  const begun = Date.now();
  const due = begun + (promotions / placedPerSecond) * 1000 + SETTLES_IN;
  const numbers = Array.from({ length: promotions }, (_, index) => index).values();
  const place = async (): Promise<void> => {
    for (const number of numbers) {
      await until(begun + (number / placedPerSecond) * 1000);
      await stage.place('promotion', number, due + Math.floor((number / promotions) * plan.dueWithinMs));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, place));
  if (Date.now() > due) throw new Error(`this machine cannot place ${placedPerSecond} orders a second`);
  await until(due);
  const calm = { from: due, until: due + plan.calmMs };
  const halved = { from: calm.until, until: calm.until + plan.halvedMs };
  const recovery = { from: halved.until, until: halved.until + plan.recoveryMs };
  const news = placeNews(stage, plan.newsPerSecond, { from: due, until: recovery.until });
  await until(halved.from);
  if (plan.halvedMs > 0) stage.vonage.setLimit({ perSecond: rate / 2, burst: rate / 2 });
  await until(recovery.from);
  stage.vonage.setLimit({ perSecond: rate, burst: rate });
  await until(recovery.until);
  return { calm, halved, recovery, news: await news };
}

/** Orders with news at a steady rate, however long each takes to be stored. */
async function placeNews(stage: HerdStage, perSecond: number, period: HerdPeriod): Promise<Map<string, number>> {
  const due = new Map<string, number>();
  const placed: Promise<void>[] = [];
  for (let number = 0; ; number += 1) {
    const at = period.from + (number / perSecond) * 1000;
    if (at >= period.until) break;
    await until(at);
    const now = Date.now();
    due.set(herdPhoneOf('news', number), now);
    placed.push(stage.place('news', number, now));
  }
  await Promise.all(placed);
  return due;
}

function until(at: number): Promise<void> {
  return sleep(Math.max(0, at - Date.now()));
}
