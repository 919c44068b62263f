import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveLane } from '../../../db/sending/lanes/lanes.ts';
import { recordAccepted } from '../../../db/sending/ledger/attempts.ts';
import type { Alarm, ErrorAction } from '../../../domain/sending/provider-error.ts';
import { applyConsequence } from '../../../commands/sending/apply-consequence.ts';
import { readMessageAndGate } from '../../../db/sending/ledger/ledger-message.ts';
import { giveUpByHand } from '../../../commands/sending/repair-message.ts';
import { recordStatus } from '../../../db/sending/ledger/statuses.ts';
import { releaseBlock } from '../../../commands/sending/block.ts';
import { listBlocks } from '../../../queries/sending/blocks.ts';
import { DAY, HOUR, MINUTE } from '../../../domain/time/duration.ts';
import { accountLane } from '../../../domain/sending/lane.ts';
import type { Receipt } from '../../../domain/sending/ledger.ts';
import type { MessageKind } from '../../../domain/sending/message.ts';
import { storeOf, tokenOf } from '../../helpers/keys.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder, planned, ledgerRowOf, submitted } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

interface Sent {
  readonly message: string;
  readonly clientRef: string;
  readonly providerId: string;
}

let count = 0;

/** A message that the provider has taken, of an order of its own unless one is given. */
async function sent(order?: PlacedOrder, kind: MessageKind = 'shipped', at = NOON): Promise<Sent> {
  count += 1;
  const message = await planned(ledger.db, order ?? (await placedOrder(ledger.db)), {
    kind,
    occurrence: `p${count}`,
    dueAt: at,
  });
  return { message, ...(await again(message, at)) };
}

/** Hands a planned message to the provider once more. */
async function again(message: string, at: number): Promise<Omit<Sent, 'message'>> {
  const attempt = { clientRef: await submitted(ledger.db, message, at), providerId: randomUUID() };
  await recordAccepted(ledger.db, attempt.clientRef, attempt.providerId, 'answer', at);
  return attempt;
}

/** A status webhook with an error and what it leads to, as the API stores both. */
function status(
  { clientRef, providerId }: Omit<Sent, 'message'>,
  action: ErrorAction,
  { code = '1180', receipt = 'rejected', at = NOON + MINUTE }: { code?: string; receipt?: Receipt; at?: number } = {},
): Promise<Alarm | undefined> {
  return ledger.db.transaction(async (trx) => {
    const owner = await recordStatus(trx, { clientRef, providerId, receipt, code, at }, at);
    return owner && applyConsequence(storeOf(trx), { clientRef, providerId, code, action, at }, at);
  });
}

async function addressOf(message: string): Promise<string | undefined> {
  return (await readMessageAndGate(ledger.db, message, NOON))?.gate.address?.e164;
}

const redeliveriesOf = (message: string): Promise<{ not_before: Date; cause: string }[]> =>
  ledger.db('redeliveries').where({ message_id: message }).orderBy('id');

describe('an error about the number', () => {
  it('that says opted out or barred suppresses it, with the code as proof', async () => {
    const order = await placedOrder(ledger.db);
    await status(await sent(order), 'suppress', { code: '1240' });
    expect(await ledger.db('suppressions').where({ token: tokenOf(order.brand, order.phone) })).toMatchObject([
      { brand_id: order.brand, state: 'stopped', source: 'provider:1240' },
    ]);
  });

  it('that says unusable takes it out of use on this channel, and leaves other numbers and channels alone', async () => {
    const order = await placedOrder(ledger.db);
    const first = await sent(order);
    expect(await addressOf(first.message)).toBe(order.phone);
    await status(first, 'mark_unusable', { code: '1190' });
    expect(await addressOf(first.message)).toBeUndefined();
    expect(await ledger.db('addresses').where({ address: order.phone }).select('channel', 'usable')).toEqual([
      { channel: 'sms', usable: false },
    ]);
  });

  it('that another person has by now changes nothing: it is about the former one', async () => {
    const former = await placedOrder(ledger.db);
    const next = await placedOrder(ledger.db, { customer: { phone: undefined } });
    const late = await sent(former);
    await ledger
      .db('addresses')
      .where({ contact_id: former.contact })
      .update({ retired_at: new Date(NOON) });
    await ledger.db('addresses').insert({
      brand_id: next.brand,
      contact_id: next.contact,
      channel: 'sms',
      address: former.phone,
      token: tokenOf(next.brand, former.phone),
      created_at: new Date(NOON),
    });
    await status(late, 'mark_unusable', { code: '1190' });
    const rows = ledger.db('addresses').where({ address: former.phone }).orderBy('id');
    expect(await rows.select('contact_id', 'usable')).toEqual([
      { contact_id: former.contact, usable: true },
      { contact_id: next.contact, usable: true },
    ]);
  });

  it('on another channel than SMS leaves the number usable for SMS', async () => {
    const order = await placedOrder(ledger.db);
    const first = await sent(order);
    await ledger.db('messages').where({ id: first.message }).update({ channel: 'rcs' });
    await status(first, 'mark_unusable', { code: '1300' });
    const rows = await ledger.db('addresses').where({ address: order.phone }).orderBy('id').select('channel', 'usable');
    expect(rows).toEqual([
      { channel: 'sms', usable: true },
      { channel: 'rcs', usable: false },
    ]);
  });

  it('that says unusable is taken back by a receipt of arrival on that channel, and by no other receipt', async () => {
    const order = await placedOrder(ledger.db);
    const [first, second] = [await sent(order), await sent(order)];
    await status(first, 'mark_unusable', { code: '1190' });
    await recordStatus(ledger.db, { ...second, receipt: 'submitted', at: NOON + HOUR }, NOON + HOUR);
    expect(await addressOf(first.message)).toBeUndefined();
    await recordStatus(ledger.db, { ...second, receipt: 'delivered', at: NOON + HOUR }, NOON + HOUR);
    expect(await addressOf(first.message)).toBe(order.phone);
    await ledger.db('messages').where({ id: first.message }).update({ channel: 'rcs' });
    await status({ ...first }, 'mark_unusable', { code: '1300', receipt: 'undeliverable', at: NOON + 2 * HOUR });
    const third = await sent(order);
    await recordStatus(ledger.db, { ...third, receipt: 'delivered', at: NOON + 3 * HOUR }, NOON + 3 * HOUR);
    const rows = await ledger.db('addresses').where({ address: order.phone }).orderBy('id').select('channel', 'usable');
    expect(rows).toEqual([
      { channel: 'sms', usable: true },
      { channel: 'rcs', usable: false },
    ]);
  });

  it('that may pass is counted: three within 30 days take the number out of use, a delivery in between starts anew', async () => {
    const order = await placedOrder(ledger.db);
    const fail = async (at: number) => status(await sent(order, 'shipped', at), 'count_failure', { code: '1280', at });
    const usable = async () => (await ledger.db('addresses').where({ address: order.phone }).first('usable')).usable;
    await fail(NOON - 31 * DAY);
    await fail(NOON);
    await fail(NOON + HOUR);
    expect(await usable()).toBe(true);
    const arrived = await sent(order, 'shipped', NOON + 2 * HOUR);
    await recordStatus(ledger.db, { ...arrived, receipt: 'delivered', at: NOON + 2 * HOUR }, NOON + 2 * HOUR);
    await fail(NOON + 3 * HOUR);
    await fail(NOON + 4 * HOUR);
    expect(await usable()).toBe(true);
    await fail(NOON + 5 * HOUR);
    expect(await usable()).toBe(false);
  });

  it('is counted once per attempt, whatever the provider sends twice', async () => {
    const order = await placedOrder(ledger.db);
    const one = await sent(order);
    for (const receipt of ['undeliverable', 'rejected'] as const)
      for (const at of [NOON + 1, NOON + 2]) await status(one, 'count_failure', { receipt, at });
    expect(await ledger.db('address_failures').where({ address: order.phone })).toHaveLength(1);
  });
});

describe('an error that passes', () => {
  it('plans the message again and asks for its redelivery after a delay that doubles', async () => {
    const one = await sent();
    await status(one, 'retry_later');
    expect(await ledgerRowOf(ledger.db, one.message)).toEqual({ state: 'planned', reason: null, submitted_at: null });
    await status(await again(one.message, NOON + HOUR), 'retry_later', { at: NOON + HOUR });
    const asked = await redeliveriesOf(one.message);
    expect(asked.map(({ not_before, cause }) => [not_before.getTime() - NOON, cause])).toEqual([
      [6 * MINUTE, 'provider'],
      [HOUR + 10 * MINUTE, 'provider'],
    ]);
  });

  it('is given in to after five redeliveries', async () => {
    const one = await sent();
    let attempt: Omit<Sent, 'message'> = one;
    for (let round = 1; round <= 5; round += 1) {
      await status(attempt, 'retry_later', { at: NOON + round });
      attempt = await again(one.message, NOON + round);
    }
    await status(attempt, 'retry_later', { at: NOON + 6 });
    expect(await redeliveriesOf(one.message)).toHaveLength(5);
    expect(await ledgerRowOf(ledger.db, one.message)).toMatchObject({ state: 'rejected', reason: 'undelivered' });
  });

  it('after the message was useful ends it', async () => {
    const one = await sent();
    await status(one, 'retry_later', { at: NOON + 2 * DAY });
    expect(await redeliveriesOf(one.message)).toEqual([]);
    expect(await ledgerRowOf(ledger.db, one.message)).toMatchObject({ state: 'rejected' });
  });

  it('leaves a message alone that turns to its next channel', async () => {
    const one = await sent();
    await ledger.db('messages').where({ id: one.message }).update({ awaited: true });
    await status(one, 'retry_later');
    expect(await redeliveriesOf(one.message)).toEqual([]);
    expect(await ledgerRowOf(ledger.db, one.message)).toMatchObject({ state: 'rejected' });
  });

  it('of an attempt that was replaced says nothing about the message', async () => {
    const one = await sent();
    await status(one, 'retry_later');
    await again(one.message, NOON + HOUR);
    await status(one, 'retry_later', { receipt: 'undeliverable', at: NOON + HOUR });
    expect(await redeliveriesOf(one.message)).toHaveLength(1);
    expect(await ledgerRowOf(ledger.db, one.message)).toMatchObject({ state: 'accepted' });
  });

  it('of an attempt that was replaced neither sends a message again that has failed for good, nor calls it late', async () => {
    for (const action of ['retry_later', 'expire'] as const) {
      const one = await sent();
      await status(one, 'retry_later');
      await status(await again(one.message, NOON + HOUR), 'alert', { code: '1330', at: NOON + HOUR });
      expect(await ledgerRowOf(ledger.db, one.message)).toMatchObject({ state: 'rejected' });
      await status(one, action, { code: '1360', receipt: 'undeliverable', at: NOON + 2 * HOUR });
      expect(await redeliveriesOf(one.message)).toHaveLength(1);
      expect(await ledgerRowOf(ledger.db, one.message)).toMatchObject({ state: 'rejected', reason: 'undelivered' });
    }
  });

  it('does not hide a message that waits for its redelivery behind late receipts of the attempt that failed', async () => {
    const one = await sent();
    await status(one, 'retry_later');
    await recordStatus(ledger.db, { ...one, receipt: 'submitted', at: NOON + 1 }, NOON + HOUR);
    expect(await ledgerRowOf(ledger.db, one.message)).toMatchObject({ state: 'planned' });
    await recordStatus(ledger.db, { ...one, receipt: 'delivered', at: NOON + 2 }, NOON + HOUR);
    expect(await ledgerRowOf(ledger.db, one.message)).toMatchObject({ state: 'delivered' });
  });
});

describe('an error that says too late', () => {
  it('makes the message expired, with the code as the rule', async () => {
    const one = await sent();
    await status(one, 'expire', { code: '1360' });
    expect(await ledgerRowOf(ledger.db, one.message)).toMatchObject({ state: 'expired', reason: 'too_late' });
    expect(await ledger.db('decisions').where({ reason: 'too_late' }).select('outcome', 'rule')).toEqual([
      { outcome: 'skip', rule: 'provider.1360' },
    ]);
  });
});

describe('an error that everything like the message would meet', () => {
  const blocks = async () => (await listBlocks(ledger.db, 'bottega-sole', { state: 'open', limit: 100 })).blocks;
  const blockedOf = async (message: string) => (await readMessageAndGate(ledger.db, message, NOON))?.gate.blocked;

  it('blocks the template in its language, once, and raises one alarm', async () => {
    const one = await sent();
    expect(await status(one, 'block_template', { code: '1210' })).toEqual({
      kind: 'template_blocked',
      brand: 'bottega-sole',
      message: one.message,
      code: '1210',
    });
    expect(await status(await sent(), 'block_template', { code: '1282' })).toBeUndefined();
    expect(await blocks()).toMatchObject([
      { scope: 'template', kind: 'shipped', locale: 'it', channel: 'sms', code: '1210', refusals: 2 },
    ]);
    expect(await ledger.db('audit_log').where({ subject_kind: 'block' })).toMatchObject([
      { actor: 'provider', action: 'open_block', reason: 'refused with 1210', after: { message: one.message } },
    ]);

    const next = await planned(ledger.db, await placedOrder(ledger.db), { occurrence: 'next' });
    const english = await planned(ledger.db, await placedOrder(ledger.db, { customer: { locale: 'en' } }));
    await ledger.db('messages').where({ id: english }).update({ locale: 'en' });
    const other = await planned(ledger.db, await placedOrder(ledger.db), { kind: 'delivered' });
    expect(await Promise.all([next, english, other].map(blockedOf))).toEqual([
      { scope: 'template', code: '1210' },
      undefined,
      undefined,
    ]);
  });

  it('blocks the sender, and everything it would say', async () => {
    const alarm = await status(await sent(undefined, 'refund_issued'), 'block_sender', { code: '1120' });
    expect(alarm).toMatchObject({ kind: 'sender_blocked', code: '1120' });
    const other = await planned(ledger.db, await placedOrder(ledger.db), { kind: 'delivered' });
    expect(await blockedOf(other)).toEqual({ scope: 'sender', code: '1120' });
  });

  it('no longer holds anything once it is released; what was sent before the release does not block it again', async () => {
    const late = await sent(undefined, 'shipped', NOON);
    const released = { brand: 'bottega-sole', actor: 'ada', reason: 'wording approved' };
    for (const { id } of await blocks()) await releaseBlock(ledger.db, { ...released, block: Number(id) }, NOON + HOUR);
    const next = await planned(ledger.db, await placedOrder(ledger.db));
    expect(await blockedOf(next)).toBeUndefined();
    expect(await status(late, 'block_template', { code: '1210', at: NOON + 2 * HOUR })).toBeUndefined();
    expect(await blocks()).toEqual([]);
    const newer = await sent(undefined, 'shipped', NOON + 2 * HOUR);
    expect(await status(newer, 'block_template', { code: '1210', at: NOON + 3 * HOUR })).toBeDefined();
  });
});

it.each(['keep', 'open_circuit'] as const)(
  'an error that asks for %s changes neither message nor number',
  async (action) => {
    const order = await placedOrder(ledger.db);
    const one = await sent(order);
    expect(await status(one, action, { code: '1490' })).toBeUndefined();
    expect(await ledgerRowOf(ledger.db, one.message)).toMatchObject({ state: 'rejected', reason: 'undelivered' });
    expect(await ledger.db('addresses').where({ address: order.phone })).toMatchObject([{ usable: true }]);
  },
);

it('an error that only a person can mend raises an alarm', async () => {
  const one = await sent();
  expect(await status(one, 'alert', { code: '1470' })).toMatchObject({ kind: 'alert', message: one.message });
});

it('an error about no attempt of ours changes nothing', async () => {
  const stranger = { clientRef: randomUUID(), providerId: randomUUID() };
  expect(await status(stranger, 'suppress', { code: '1240' })).toBeUndefined();
});

it('a message that an operator has given up is not sent again by a late receipt', async () => {
  const late = await sent();
  const repair = { brand: brand.id, message: late.message, actor: 'ada', reason: 'customer was called' };
  await ledger.db('messages').where({ id: late.message }).update({ state: 'unknown' });
  await giveUpByHand(ledger.db, repair, NOON);
  await status(late, 'retry_later');
  expect(await ledgerRowOf(ledger.db, late.message)).toMatchObject({ state: 'rejected' });
  expect(await ledger.db('redeliveries').where({ message_id: late.message })).toEqual([]);
});

it('a receipt about a message of hours ago opens no circuit and slows no lane down: that may have been put right since', async () => {
  await saveLane(ledger.db, accountLane(30));
  const lane = () => ledger.db('lanes').where({ id: 'account' }).first('open_until', 'factor');
  const [broke, fast] = [await sent(), await sent()];
  const at = NOON + 5 * HOUR;
  expect(await status(broke, 'open_circuit', { code: '1070', at })).toMatchObject({ kind: 'alert' });
  await status(fast, 'retry_later', { code: '1000', at });
  expect(await lane()).toEqual({ open_until: null, factor: 1 });
  expect(await status(await sent(), 'open_circuit', { code: '1070' })).toMatchObject({ kind: 'circuit_opened' });
  expect((await lane()).open_until).not.toBeNull();
});
