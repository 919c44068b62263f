/** Plays a scenario through the HTTP API on virtual time, the way a shop, a carrier, a customer and an agent would. */
import { readFile } from 'node:fs/promises';
import { getExampleNumber, isSupportedCountry } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { parseJson } from '../api/http/json.ts';
import type { OrderView } from '../queries/orders/timeline.ts';
import type { Brand } from '../domain/orders/brand.ts';
import { DAY } from '../domain/time/duration.ts';
import { orderFromShopify } from '../ingest/shopify.ts';
import { orderFromWooCommerce } from '../ingest/woocommerce.ts';
import type { VirtualTime } from '../dev/virtual-time.ts';
import type { FakeVonage } from '../vonage/fake/contract.ts';
import type { ScenarioEvent, Scenario } from './scenario.ts';
import { scenarioMomentOf, orderedAt } from './scenario.ts';
import type { ShopClient } from './shop-client.ts';

export interface DemoStage {
  readonly shop: ShopClient;
  readonly brand: Brand;
  readonly vonage: Pick<FakeVonage, 'reply'>;
  readonly time: VirtualTime;
}

export interface PlayedOrder {
  readonly scenario: Scenario;
  readonly view: OrderView;
  /** Parts of the order that the shop's adapter left out. */
  readonly notes: readonly string[];
  readonly placedAt: number;
  readonly wallMs: number;
}

export type ReadOrder =
  | { readonly kind: 'order'; readonly body: ScenarioOrder; readonly notes: readonly string[] }
  /** An order of the shop that gets no messages: it is not paid yet, or has ended. */
  | { readonly kind: 'not_placed'; readonly why: string };

/** Reads a shop's order from a file as a body of POST /v1/orders. Throws if the file is not an order. */
export async function readShopOrder(path: string | URL, brand: Brand): Promise<ReadOrder> {
  const json = parseJson(await readFile(path));
  const settings = {
    brandCountry: brand.country,
    ...(brand.marketingWording !== undefined && { marketingWording: brand.marketingWording }),
  };
  const read = isShopify(json) ? orderFromShopify(json, settings) : orderFromWooCommerce(json, settings);
  switch (read.kind) {
    case 'order':
      return { ...read, body: { ...read.body } };
    case 'not_placed':
      return read;
    case 'unreadable':
      throw new Error(`not a shop order: ${read.problems.join('; ')}`);
  }
}

function isShopify(json: unknown): boolean {
  return (
    typeof json === 'object' && json !== null && ['order', 'orders', 'financial_status'].some((key) => key in json)
  );
}

/**
 * Sample orders have numbers of films, which no phone has. The order is played with the example of a mobile number
 * from the country's numbering plan, and the output says so.
 */
export function withStandInPhone(
  order: Extract<ReadOrder, { kind: 'order' }>,
  brand: Brand,
): Extract<ReadOrder, { kind: 'order' }> {
  if (order.body.customer?.phone !== undefined) return order;
  const country = order.body.shippingAddress?.country ?? brand.country;
  const phone = isSupportedCountry(country) ? getExampleNumber(country, examples)?.number : undefined;
  if (phone === undefined) return order;
  return {
    ...order,
    body: { ...order.body, customer: { ...order.body.customer, phone } },
    notes: [...order.notes, `played with the example mobile number of ${country} instead`],
  };
}

export type ScenarioOrder = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly customer?: { readonly phone?: string; readonly consents?: readonly object[] };
  readonly shippingAddress?: { readonly country?: string };
};

export async function play(
  stage: DemoStage,
  scenario: Scenario,
  order: { body: ScenarioOrder; notes: readonly string[] },
): Promise<PlayedOrder> {
  const { shop, time } = stage;
  const placedAt = orderedAt(scenario, await time.now());
  await time.advanceTo(placedAt);
  const started = performance.now();
  const { contact } = await shop.placeOrder(placedNow(order.body, placedAt));
  await time.settled();
  const phone = (await shop.contact(contact)).addresses[0]?.address;

  const cast = { stage, scenario, order: order.body.id, phone, placedAt };
  const pending: Action[] = scenario.story.map((happening, index) => ({
    at: scenarioMomentOf(placedAt, scenario.zone, happening),
    act: () => happen(cast, happening, index),
  }));
  const answers = [...scenario.replies];
  const end = placedAt + scenario.days * DAY;
  /** The order as it was last read; undefined after an action. */
  let seen: OrderView | undefined;
  for (;;) {
    pending.sort((a, b) => a.at - b.at);
    const next = pending[0]?.at ?? end;
    // The time stops at a message that a customer will answer, and not only at the next event.
    if (answers.length > 0) seen ??= await shop.view(order.body.id);
    const due = seen?.plan.find(({ kind }) => answers.some(({ to }) => to === kind));
    await time.advanceTo(Math.min(next, end, due ? Date.parse(due.dueAt) + 1000 : end));
    if (answers.length > 0) {
      seen = await shop.view(order.body.id);
      pending.push(...answersDue(cast, answers, seen));
    }
    const now = await time.now();
    if (now >= end) break;
    const actions = pending.splice(0, pending.findLastIndex(({ at }) => at <= now) + 1);
    for (const { act } of actions) await act();
    if (actions.length > 0) seen = undefined;
  }
  await time.settled();
  return {
    scenario,
    view: await shop.view(order.body.id),
    notes: order.notes,
    placedAt,
    wallMs: performance.now() - started,
  };
}

interface Action {
  readonly at: number;
  readonly act: () => Promise<void>;
}

interface Cast {
  readonly stage: DemoStage;
  readonly scenario: Scenario;
  readonly order: string;
  readonly phone: string | undefined;
  readonly placedAt: number;
}

function answersDue(cast: Cast, answers: Scenario['replies'][number][], { timeline }: OrderView): Action[] {
  return answers.slice().flatMap((answer) => {
    const asked = timeline.find((entry) => entry.what === 'sent' && entry.kind === answer.to);
    if (!asked) return [];
    answers.splice(answers.indexOf(answer), 1);
    return [{ at: Date.parse(asked.at) + answer.after, act: () => say(cast, answer.text) }];
  });
}

async function happen(cast: Cast, happening: ScenarioEvent, index: number): Promise<void> {
  const { stage, order, placedAt, scenario } = cast;
  if ('says' in happening) return say(cast, happening.says);
  if ('agent' in happening) {
    const opened = (await stage.shop.view(order)).timeline.findLast(({ what }) => what === 'case_opened');
    if (opened?.what === 'case_opened') await stage.shop.closeCase(opened.case);
    return;
  }
  const { event, parcel, of, carrier, tracking, place, promised_day } = happening;
  await stage.shop.report(order, {
    id: `story-${index + 1}`,
    type: event,
    occurredAt: new Date(await stage.time.now()).toISOString(),
    ...(parcel !== undefined && {
      parcel: {
        id: parcel,
        ...(carrier !== undefined && { carrier }),
        ...(tracking !== undefined && { trackingUrl: tracking }),
        ...(place !== undefined && { pickupPlace: place }),
      },
    }),
    ...(of !== undefined && { parcelCount: of }),
    ...(promised_day !== undefined && {
      promisedAt: new Date(scenarioMomentOf(placedAt, scenario.zone, { day: promised_day, at: '20:00' })).toISOString(),
    }),
  });
}

async function say({ stage, phone }: Cast, text: string): Promise<void> {
  if (phone === undefined) return;
  const status = await stage.vonage.reply(phone, stage.brand.sender, text);
  if (status !== 200) throw new Error(`the inbound webhook answered ${status}`);
}

/** Orders are placed now, whatever their file says, and the consents of the checkout get the same time. */
function placedNow(body: ScenarioOrder, placedAt: number): object {
  const at = new Date(placedAt).toISOString();
  const consents = body.customer?.consents?.map((consent) => ({ ...consent, at }));
  return { ...body, placedAt: at, customer: { ...body.customer, ...(consents && { consents }) } };
}
