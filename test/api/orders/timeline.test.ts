import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRecordEvent } from '../../../activities/records.ts';
import type { WorkflowRecord } from '../../../activities/records.ts';
import { closeCase } from '../../../commands/conversation/close-case.ts';
import { openCase } from '../../../commands/conversation/open-case.ts';
import type { Intent } from '../../../domain/sending/intent.ts';
import { NO_BASIS } from '../../../domain/sending/gate/decision.ts';
import { recordDecision } from '../../../db/sending/ledger/messages.ts';
import type { OrderView } from '../../../queries/orders/timeline.ts';
import type { Decision } from '../../../domain/sending/gate/decision.ts';
import { DAY, HOUR } from '../../../domain/time/duration.ts';
import type { MessageKind } from '../../../domain/sending/message.ts';
import { ORDER_TIME, validEvent, validOrder } from '../../helpers/orders.ts';
import type { Shop } from '../shop.ts';
import { openShop } from '../shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

let order: string;
let contact: string;
beforeEach(async () => {
  shop.clock.at = ORDER_TIME;
  ({ id: order, contact } = (await shop.post('/v1/orders', validOrder())).body);
});

const view = async (): Promise<OrderView> => (await shop.get(`/v1/orders/${order}`)).body;
const keys = async () => (await view()).plan.map(({ key }) => key);
const iso = (at: number) => new Date(at).toISOString();

function report(type: string, at: number, more: object = {}) {
  return shop.post(`/v1/orders/${order}/events`, validEvent({ type, occurredAt: iso(at), ...more }));
}

/** The records that the workflow's activities write when they have decided. */
function decide(step: MessageKind, decision: Decision, at: number, occurrence = '') {
  const times = { triggeredAt: at, dueAt: at, usefulUntil: at + DAY };
  const message: Intent = {
    brand: 'bottega',
    order,
    contact,
    step,
    occurrence,
    kind: step,
    channel: 'sms',
    ...times,
    inReply: false,
    guards: [],
  };
  return recordDecision(shop.db, message, decision, { ...NO_BASIS, zones: ['Europe/Rome'], zoneSource: 'country' }, at);
}

function record(asOf: number, ...records: WorkflowRecord[]) {
  return createRecordEvent({ db: shop.db })({ brand: 'bottega', order, asOf, records });
}

describe('the plan of an order', () => {
  it('is what its journey says before anything was done', async () => {
    expect((await view()).plan[0]).toEqual({
      key: 'order_confirmation',
      kind: 'order_confirmation',
      dueAt: iso(ORDER_TIME),
    });
    await report('parcel_delivered', ORDER_TIME, { parcel: { id: 'p' } });
    expect(await keys()).toEqual(expect.arrayContaining(['delivered', 'rating_request_long']));
  });

  it('has nothing any more that was sent or skipped', async () => {
    await decide('order_confirmation', { kind: 'send', rule: 'all_clear' }, ORDER_TIME);
    expect(await keys()).not.toContain('order_confirmation');
    await report('parcel_shipped', ORDER_TIME, { parcel: { id: 'p' } });
    expect(await keys()).toContain('shipped#p');
    await decide('shipped', { kind: 'skip', reason: 'no_address', rule: 'address' }, ORDER_TIME, 'p');
    expect(await keys()).not.toContain('shipped#p');
  });

  it('has a deferred message at the moment until which it was deferred', async () => {
    const until = ORDER_TIME + 9 * HOUR;
    await decide('order_confirmation', { kind: 'wait', until, reason: 'quiet_hours', rule: 'IT' }, ORDER_TIME);
    expect((await view()).plan[0]).toMatchObject({ key: 'order_confirmation', dueAt: iso(until) });
  });

  it('follows the commands that the workflow has carried out', async () => {
    await record(ORDER_TIME, { kind: 'command', id: 'command.1', type: 'step_skipped', step: 'order_confirmation' });
    expect(await keys()).not.toContain('order_confirmation');
    await record(ORDER_TIME, { kind: 'command', id: 'command.2', type: 'paused', until: ORDER_TIME + HOUR });
    expect((await view()).hold).toEqual({ until: iso(ORDER_TIME + HOUR) });
    shop.clock.at = ORDER_TIME + HOUR;
    expect((await view()).hold).toBeNull();
    await record(ORDER_TIME, { kind: 'command', id: 'command.3', type: 'paused' });
    expect((await view()).hold).toEqual({});
    await record(ORDER_TIME, { kind: 'command', id: 'command.4', type: 'resumed' });
    expect((await view()).hold).toBeNull();
    await report('parcel_delivered', ORDER_TIME, { parcel: { id: 'p' } });
    await record(ORDER_TIME, { kind: 'command', id: 'command.5', type: 'messages_cancelled' });
    expect((await view()).plan.filter(({ kind }) => !kind.startsWith('case:'))).toEqual([]);
  });

  it('is empty once every step is too late, and the order has ended then', async () => {
    shop.clock.at = ORDER_TIME + 400 * DAY;
    expect(await view()).toMatchObject({ plan: [], finished: true, phase: 'never_arrived' });
  });
});

describe('the timeline of an order', () => {
  it('has everything that happened, in the order it happened, with reasons and texts', async () => {
    shop.clock.at = ORDER_TIME + HOUR;
    await report('parcel_shipped', shop.clock.at, { parcel: { id: 'p1' }, parcelCount: 2 });
    await decide(
      'delivered',
      { kind: 'wait', until: ORDER_TIME + DAY, reason: 'quiet_hours', rule: 'IT 21:00-08:00' },
      ORDER_TIME + 2 * HOUR,
    );
    await record(ORDER_TIME + 3 * HOUR, { kind: 'command', id: 'command.1', type: 'step_skipped', step: 'check_in' });
    const about = { brand: 'bottega', contact, order, kind: 'low_rating', cause: 'low_rating_case' } as const;
    const opened = await openCase(shop.db, { ...about, at: ORDER_TIME + 4 * HOUR, byWorkflow: true });
    await closeCase(
      shop.db,
      { brand: 'bottega', id: opened, actor: 'test', reason: 'answered' },
      ORDER_TIME + 5 * HOUR,
    );
    await decide(
      'bundle_offer',
      { kind: 'skip', reason: 'no_consent', rule: 'it.consent.promo' },
      ORDER_TIME + 6 * HOUR,
    );
    const { timeline, zones } = await view();
    expect(timeline.map(({ at }) => at)).toEqual([0, 1, 2, 3, 4, 5, 6].map((hours) => iso(ORDER_TIME + hours * HOUR)));
    expect(timeline).toMatchObject([
      { what: 'event', type: 'order_placed' },
      { what: 'event', type: 'parcel_shipped', parcel: 'p1' },
      { what: 'moved', kind: 'delivered', until: iso(ORDER_TIME + DAY), reason: 'quiet_hours', rule: 'IT 21:00-08:00' },
      { what: 'command', type: 'step_skipped', step: 'check_in' },
      { what: 'case_opened', case: String(opened), kind: 'low_rating', cause: 'low_rating_case' },
      { what: 'case_closed', case: String(opened) },
      { what: 'skipped', kind: 'bundle_offer', reason: 'no_consent', rule: 'it.consent.promo' },
    ]);
    expect(zones).toEqual(['Europe/Rome']);
  });
});
