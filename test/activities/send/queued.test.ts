import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FaultPoint } from '../../../activities/send/hand-over.ts';
import { createRecordEvent } from '../../../activities/records.ts';
import type { WorkflowRecord } from '../../../activities/records.ts';
import { recordUnknown, submit } from '../../../db/sending/ledger/attempts.ts';
import { readMessageAndGate } from '../../../db/sending/ledger/ledger-message.ts';
import { openCase } from '../../../commands/conversation/open-case.ts';
import { storeEvent } from '../../../commands/orders/report-event.ts';
import { storeFact } from '../../../db/orders/inbox.ts';
import { DAY, HOUR, MINUTE } from '../../../domain/time/duration.ts';
import type { PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, attemptsOf, placedOrder, planned, ledgerRowOf, shipped, submitted } from '../../helpers/ledger.ts';
import type { Sending, Times } from './sending.ts';
import { rules, runSend, startSending } from './sending.ts';
import { storeOf } from '../../helpers/keys.ts';

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());
beforeEach(() => stage.requests());

/** As the API takes it: in the inbox, and no run was told of it yet. */
function reported({ brand, order }: PlacedOrder, type: string, payload: object = {}, at = NOON) {
  const event = { brand, order, source: 'api', id: randomUUID(), type, at, payload, now: at } as const;
  return storeEvent(storeOf(stage.db), { ...event, requestHash: Buffer.from(type) });
}

type Command = Omit<Extract<WorkflowRecord, { kind: 'command' }>, 'kind' | 'id'>;

/** As the order's run records a command that it has carried out. */
function commanded({ brand, order }: PlacedOrder, command: Command, asOf = NOON): Promise<void> {
  const record = { kind: 'command', id: `command.${randomUUID()}`, ...command } as const;
  return createRecordEvent({ db: stage.db })({ brand, order, asOf, records: [record] });
}

/** An order whose parcel is on its way, and the message about it in the send queue. */
async function onItsWay(): Promise<{ order: PlacedOrder; message: string }> {
  const order = await placedOrder(stage.db);
  await shipped(stage.db, order);
  return { order, message: await planned(stage.db, order) };
}

async function told({ order }: PlacedOrder): Promise<void> {
  await stage
    .db('inbox')
    .where({ order_id: order })
    .update({ applied_at: new Date(NOON) });
}

/** Sends, and does something each time that the gate has been read: the first of `meanwhile` after the first time. */
async function sendAgainst(message: string, meanwhile: readonly (() => Promise<unknown>)[], times: Times = {}) {
  const left = [...meanwhile];
  const faultPoint = async (point: FaultPoint): Promise<void> => {
    if (point === 'gate_read') await left.shift()?.();
  };
  return runSend({ db: stage.db, rules, sender: stage.sender, faultPoint }, message, times);
}

const inTheQueue = { startedAt: NOON + 5 * MINUTE } as const;

async function asked(message: string): Promise<number> {
  const { rows } = await stage.db.raw<{ rows: object[] }>(
    `select from decisions d join messages m using (brand_id, order_id, step, occurrence) where m.id = ? and d.outcome <> 'send'`,
    [message],
  );
  return rows.length;
}

describe('a message in the send queue', () => {
  it.each([
    [{ type: 'messages_cancelled' }, 'messages_cancelled_by_operator'],
    [{ type: 'step_skipped', step: 'shipped' }, 'skipped_by_operator'],
    [{ type: 'step_skipped', step: 'shipped#parcel-1' }, 'skipped_by_operator'],
  ] as const)('is ended by the command %o, with the reason on record once', async (command, reason) => {
    const { order, message } = await onItsWay();
    await commanded(order, command);
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'skipped', reason });
    expect(await stage.send(message)).toEqual({ kind: 'skip', reason });
    expect(await stage.db('decisions').where({ order_id: order.order, outcome: 'skip' })).toMatchObject([
      { reason, rule: `journey.${reason}`, step: 'shipped', occurrence: 'parcel-1' },
    ]);
    expect(stage.requests()).toBe(0);
  });

  it('stays when another step, another occurrence or another order is meant', async () => {
    const { order, message } = await onItsWay();
    const other = await onItsWay();
    await commanded(order, { type: 'step_skipped', step: 'delivered' });
    await commanded(order, { type: 'step_skipped', step: 'shipped#parcel-2' });
    await commanded(other.order, { type: 'messages_cancelled' });
    expect(await stage.send(message)).toEqual({ kind: 'accepted' });
    expect(stage.requests()).toBe(1);
  });

  it('is held by a pause, is wanted again when the order is resumed, and is sent once', async () => {
    const { order, message } = await onItsWay();
    await commanded(order, { type: 'paused' });
    const held = { kind: 'wait', until: NOON, reason: 'paused_by_operator' };
    expect(await stage.send(message)).toEqual(held);
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'planned' });
    expect(await stage.send(message, { asOf: NOON + DAY / 4 })).toMatchObject({ kind: 'wait' });
    expect(stage.requests()).toBe(0);
    await commanded(order, { type: 'resumed' });
    expect(await stage.send(message)).toEqual({ kind: 'accepted' });
    expect(stage.requests()).toBe(1);
  });

  it('is not held any more once a pause with an end is over', async () => {
    const { order, message } = await onItsWay();
    await commanded(order, { type: 'paused', until: NOON + HOUR });
    expect(await stage.send(message)).toMatchObject({ kind: 'wait' });
    expect(await stage.send(message, { asOf: NOON + HOUR })).toEqual({ kind: 'accepted' });
  });

  it('is kept for a minute, and not asked about without a pause, when its run was not told of what holds it', async () => {
    const order = await placedOrder(stage.db);
    await reported(order, 'parcel_delivered', { parcel: 'parcel-1' }, NOON - DAY);
    await told(order);
    const about = { brand: order.brand, order: order.order, contact: order.contact, kind: 'question' } as const;
    await openCase(stage.db, { ...about, cause: 'in-1', at: NOON - MINUTE, byWorkflow: false });
    const message = await planned(stage.db, order, { kind: 'check_in', step: 'check_in', occurrence: '' });
    expect(await stage.send(message)).toEqual({ kind: 'wait', until: NOON + MINUTE, reason: 'open_case' });
    expect(stage.requests()).toBe(0);
  });

  it('"shipped" is not sent after "delivered" was stored, though no run was told of it and the queue was empty', async () => {
    const { order, message } = await onItsWay();
    await reported(order, 'parcel_delivered', { parcel: 'parcel-1' });
    expect(await stage.send(message)).toEqual({ kind: 'skip', reason: 'superseded' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'skipped', reason: 'superseded' });
    expect(stage.requests()).toBe(0);
  });

  it('"shipped" is not sent when "delivered" has been in the inbox since before it was planned and no run was told', async () => {
    const order = await placedOrder(stage.db);
    await shipped(stage.db, order, NOON - HOUR);
    await reported(order, 'parcel_delivered', { parcel: 'parcel-1' }, NOON - MINUTE);
    const message = await planned(stage.db, order);
    expect(await stage.send(message)).toEqual({ kind: 'skip', reason: 'superseded' });
    expect(stage.requests()).toBe(0);
  });

  it('"shipped" is not sent when "delivered" was stored between the plan and its row, and the run was told of it since', async () => {
    const order = await placedOrder(stage.db);
    await shipped(stage.db, order);
    await reported(order, 'parcel_delivered', { parcel: 'parcel-1' });
    await told(order);
    const message = await planned(stage.db, order, { heard: 'shipped-1' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'planned' });
    expect(await stage.send(message)).toEqual({ kind: 'skip', reason: 'superseded' });
    expect(stage.requests()).toBe(0);
  });

  it('"shipped" is not sent when "delivered" was stored 0.1 s before its row and no run was told, whatever the run was told since', async () => {
    for (const heard of [undefined, 'shipped-1', 'update'] as const) {
      const order = await placedOrder(stage.db);
      await shipped(stage.db, order);
      await reported(order, 'parcel_delivered', { parcel: 'parcel-1' }, NOON - 100);
      // Another process has told the run of a fact that was stored later.
      const update = {
        brand: order.brand,
        order: order.order,
        source: 'api',
        id: 'update',
        at: NOON,
        now: NOON,
      } as const;
      if (heard === 'update')
        await storeFact(stage.db, {
          ...update,
          type: 'order_updated',
          payload: {},
          requestHash: Buffer.alloc(0),
          applied: true,
        });
      const message = await planned(stage.db, order, heard === undefined ? {} : { heard });
      expect(await stage.send(message)).toEqual({ kind: 'skip', reason: 'superseded' });
    }
    expect(stage.requests()).toBe(0);
  });

  it('asks nothing because of the fact that its plan was made for, though that is not marked as told yet', async () => {
    const order = await placedOrder(stage.db);
    const fact = {
      brand: order.brand,
      order: order.order,
      source: 'api',
      id: 'shipped-1',
      at: NOON,
      now: NOON,
    } as const;
    const payload = { parcel: 'parcel-1' };
    await storeFact(stage.db, { ...fact, type: 'parcel_shipped', payload, requestHash: Buffer.alloc(0) });
    const message = await planned(stage.db, order, { heard: 'shipped-1' });
    expect((await readMessageAndGate(stage.db, message, NOON))?.message.overtaken).toBe(false);
  });

  it('whose plan knew everything asks nothing, also after receipts and commands; and one planned again knows more', async () => {
    const order = await placedOrder(stage.db);
    await shipped(stage.db, order);
    await reported(order, 'order_updated');
    await told(order);
    const last = async () =>
      (await stage.db('inbox').where({ order_id: order.order }).orderBy('id', 'desc').first('event_id'))
        .event_id as string;
    const heard = await last();
    await commanded(order, { type: 'resumed' });
    await reported(order, 'message_status', { message: 'm', status: 'delivered' });
    await told(order);
    const overtakenAs = async (known: string) => {
      const message = await planned(stage.db, order, { heard: known });
      return (await readMessageAndGate(stage.db, message, NOON))?.message.overtaken;
    };
    expect(await overtakenAs('shipped-1')).toBe(true);
    expect(await overtakenAs(heard)).toBe(false);
  });

  it('is sent when what became known is nothing against it', async () => {
    const { order, message } = await onItsWay();
    await reported(order, 'order_updated');
    expect(await stage.send(message)).toEqual({ kind: 'accepted' });
  });

  it('of which nothing became known is asked about when it has stood there for minutes, and then sent', async () => {
    const { message } = await onItsWay();
    expect(await stage.send(message, inTheQueue)).toEqual({ kind: 'accepted' });
    expect(await asked(message)).toBe(0);
  });

  it('that stood there for minutes is not sent when its order does not want it, whoever wrote that down', async () => {
    const { order, message } = await onItsWay();
    await reported(order, 'parcel_delivered', { parcel: 'parcel-1' });
    // As a version of the service that marks no message.
    await stage.db('messages').where({ id: message }).update({ overtaken: false });
    await told(order);
    expect(await stage.send(message, inTheQueue)).toEqual({ kind: 'skip', reason: 'superseded' });
    expect(stage.requests()).toBe(0);
  });

  it('that is about no order is sent however long it stood there', async () => {
    const order = await placedOrder(stage.db);
    const message = await planned(stage.db, order, {
      order: null,
      kind: 'help',
      occurrence: randomUUID(),
      usefulUntil: NOON + HOUR,
    });
    expect(await stage.send(message, inTheQueue)).toEqual({ kind: 'accepted' });
  });
});

describe('a message that has left the queue, or was ended', () => {
  it.each([
    'submitted',
    'unknown',
    'accepted',
    'delivered',
    'read',
    'undeliverable',
    'rejected',
    'given_up',
    'skipped',
    'expired',
    'capped',
    'suppressed',
  ])('in the state %s is left as it is by commands and by facts that end its order', async (state) => {
    const { order, message } = await onItsWay();
    const left = ['submitted', 'unknown', 'accepted', 'delivered', 'read', 'undeliverable', 'rejected'].includes(state);
    await stage
      .db('messages')
      .where({ id: message })
      .update({ state, reason: 'superseded', ...(left && { submitted_at: new Date(NOON) }) });
    const before = await ledgerRowOf(stage.db, message);
    const decisions = async () => (await stage.db('decisions').where({ order_id: order.order })).length;
    const decided = await decisions();
    await commanded(order, { type: 'paused' });
    await commanded(order, { type: 'step_skipped', step: 'shipped' });
    await commanded(order, { type: 'messages_cancelled' });
    for (const type of ['order_cancelled', 'return_received', 'refund_issued', 'parcel_delivered'])
      await reported(order, type, type === 'parcel_delivered' ? { parcel: 'parcel-1' } : {});
    expect(await ledgerRowOf(stage.db, message)).toEqual(before);
    expect(await decisions()).toBe(decided);
    if (state === 'submitted' || state === 'unknown') return;
    await stage.send(message, inTheQueue);
    expect(await ledgerRowOf(stage.db, message)).toEqual(before);
    expect(stage.requests()).toBe(0);
  });
});

describe('between the reading of the gate and the submission', () => {
  it('a cancellation of the order is in time, as a STOP is', async () => {
    const { order, message } = await onItsWay();
    const result = await sendAgainst(message, [() => reported(order, 'order_cancelled')]);
    expect(result).toEqual({ kind: 'skip', reason: 'order_cancelled' });
    expect(await attemptsOf(stage.db, message)).toEqual([]);
    expect(stage.requests()).toBe(0);
  });

  it('a return, and a fact that makes the message pointless, are in time', async () => {
    for (const [type, payload, reason] of [
      ['return_received', {}, 'order_returned'],
      ['parcel_delivered', { parcel: 'parcel-1' }, 'superseded'],
    ] as const) {
      const { order, message } = await onItsWay();
      expect(await sendAgainst(message, [() => reported(order, type, payload)])).toEqual({ kind: 'skip', reason });
    }
    expect(stage.requests()).toBe(0);
  });

  it('a refund of the whole order is in time', async () => {
    const order = await placedOrder(stage.db);
    await reported(order, 'parcel_delivered', { parcel: 'parcel-1' }, NOON - 3 * DAY);
    await told(order);
    const message = await planned(stage.db, order, { kind: 'check_in', step: 'check_in', occurrence: '' });
    expect(await sendAgainst(message, [() => reported(order, 'refund_issued')])).toEqual({
      kind: 'skip',
      reason: 'order_refunded',
    });
    expect(stage.requests()).toBe(0);
  });

  it('what comes after the order has said that it wants the message is asked about too', async () => {
    const { order, message } = await onItsWay();
    // The order is asked in the first round already, and its answer is of before the update.
    const result = await sendAgainst(
      message,
      [() => reported(order, 'order_updated'), () => reported(order, 'parcel_delivered', { parcel: 'parcel-1' })],
      inTheQueue,
    );
    expect(result).toEqual({ kind: 'skip', reason: 'superseded' });
    expect(stage.requests()).toBe(0);
  });

  it.each([['about no order'], ['about another order of the customer']])(
    'a question %s is in time for a request to rate',
    async (about) => {
      const order = await placedOrder(stage.db);
      await reported(order, 'parcel_delivered', { parcel: 'parcel-1' }, NOON - 5 * DAY);
      await told(order);
      const message = await planned(stage.db, order, {
        kind: 'rating_request',
        step: 'rating_request',
        occurrence: '',
      });
      const customer = { phone: { e164: order.phone, country: 'IT' } };
      const other = about === 'about no order' ? null : (await placedOrder(stage.db, { customer })).order;
      const question = { brand: order.brand, order: other, contact: order.contact, kind: 'question' } as const;
      const open = () => openCase(stage.db, { ...question, cause: message, at: NOON, byWorkflow: false });
      expect(await sendAgainst(message, [open])).toMatchObject({ kind: 'wait', reason: 'open_case' });
      expect(await attemptsOf(stage.db, message)).toEqual([]);
      expect(stage.requests()).toBe(0);
    },
  );

  it('commands of an operator are in time', async () => {
    for (const [command, result] of [
      [{ type: 'messages_cancelled' }, { kind: 'skip', reason: 'messages_cancelled_by_operator' }],
      [
        { type: 'step_skipped', step: 'shipped' },
        { kind: 'skip', reason: 'skipped_by_operator' },
      ],
      [{ type: 'paused' }, { kind: 'wait', until: NOON, reason: 'paused_by_operator' }],
    ] as const) {
      const { order, message } = await onItsWay();
      expect(await sendAgainst(message, [() => commanded(order, command)])).toEqual(result);
      expect(await attemptsOf(stage.db, message)).toEqual([]);
    }
    expect(stage.requests()).toBe(0);
  });

  it('a cancellation that is late finds the message submitted and leaves it', async () => {
    const { order, message } = await onItsWay();
    await submitted(stage.db, message);
    await commanded(order, { type: 'messages_cancelled' });
    await reported(order, 'order_cancelled');
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'submitted' });
    expect(await stage.db('decisions').where({ order_id: order.order, outcome: 'skip' })).toEqual([]);
  });

  it('an event that repeats one moves no version', async () => {
    const { order } = await onItsWay();
    const fact = { brand: order.brand, order: order.order, source: 'api', id: 'c', type: 'order_cancelled' } as const;
    const version = async () =>
      Number((await stage.db('contacts').where({ id: order.contact }).first('gate_version')).gate_version);
    const store = () =>
      storeFact(stage.db, { ...fact, at: NOON, payload: {}, requestHash: Buffer.from('c'), now: NOON });
    const before = await version();
    await store();
    expect(await version()).toBe(before + 1);
    await store();
    expect(await version()).toBe(before + 1);
  });
});

describe('a message of unknown outcome', () => {
  const settled = { asOf: NOON + 2 * HOUR } as const;

  it('that was never taken is planned again in a pause, not sent, and sent when the order is resumed', async () => {
    const { order, message } = await onItsWay();
    await submitted(stage.db, message);
    await recordUnknown(stage.db, message, 'timeout', NOON);
    await commanded(order, { type: 'paused' });
    const none = async () => ({ kind: 'records', records: [] }) as const;
    const records = { find: none, list: none };
    const send = () => runSend({ db: stage.db, rules, sender: stage.sender, records }, message, settled);
    expect(await send()).toMatchObject({ kind: 'wait', reason: 'paused_by_operator' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'planned' });
    expect(await attemptsOf(stage.db, message)).toMatchObject([{ outcome: 'not_sent' }]);
    await commanded(order, { type: 'resumed' });
    expect(await send()).toEqual({ kind: 'accepted' });
    expect(stage.requests()).toBe(1);
  });

  it.each([['stored at once'], ['stored by hand']])(
    'is not submitted again on a gate that was read before a fact was %s',
    async (how) => {
      const { order, message } = await onItsWay();
      await submitted(stage.db, message);
      await recordUnknown(stage.db, message, 'timeout', NOON);
      const read = await readMessageAndGate(stage.db, message, NOON);
      if (!read) throw new Error('no message');
      const fact = {
        brand: order.brand,
        order: order.order,
        source: 'api',
        id: 'd',
        type: 'parcel_delivered',
      } as const;
      const delivered = { ...fact, at: NOON, payload: { parcel: 'parcel-1' }, requestHash: Buffer.alloc(0), now: NOON };
      await (how === 'stored at once' ? storeEvent(storeOf(stage.db), delivered) : storeFact(stage.db, delivered));
      const call = { clientRef: randomUUID(), to: order.phone, from: 'Sole' };
      expect(await submit(stage.db, read.message, read.gate, call, NOON)).toBe(false);
    },
  );

  it('is given up, not submitted again, when its order wants it no more', async () => {
    const { order, message } = await onItsWay();
    await submitted(stage.db, message);
    await recordUnknown(stage.db, message, 'timeout', NOON);
    await reported(order, 'parcel_delivered', { parcel: 'parcel-1' });
    expect(await stage.send(message, settled)).toEqual({ kind: 'failed', reason: 'outcome_unknown_given_up' });
    expect(stage.requests()).toBe(0);
  });
});
