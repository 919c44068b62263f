import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messageAnswer, messagesAnswer } from '../../../api/sending/schema.ts';
import { giveUp, recordAccepted, recordRefused, recordUnknown } from '../../../db/sending/ledger/attempts.ts';
import { recordStatus } from '../../../db/sending/ledger/statuses.ts';
import { MINUTE } from '../../../domain/time/duration.ts';
import type { MessageState } from '../../../domain/sending/message.ts';
import { emptied } from '../../helpers/emptied.ts';
import { NOON, TEXT, placedOrder, planned, ledgerRowOf, submitted } from '../../helpers/ledger.ts';
import type { AnsweredJson, Shop } from '../shop.ts';
import { openShop, validBrand } from '../shop.ts';

let shop: Shop;
let phone: string;
beforeAll(async () => {
  shop = await openShop();
});
beforeEach(() => {
  shop.clock.at = NOON + 2 * MINUTE;
});
afterAll(() => shop.close());

const BY = { actor: 'ada@example.org', reason: 'the customer called' };
const because = (error: string) => `urn:dopo:problem:${error}`;

/** A message of an order of its own, in a state that it has come to as it really would. */
async function messageIn(state: MessageState): Promise<string> {
  const order = await placedOrder(shop.db, {}, validBrand());
  phone = order.phone;
  const message = await planned(shop.db, order);
  if (state === 'planned') return message;
  const clientRef = await submitted(shop.db, message);
  const providerId = randomUUID();
  switch (state) {
    case 'submitted':
      break;
    case 'unknown':
      await recordUnknown(shop.db, message, 'timeout', NOON);
      break;
    case 'given_up':
      await recordUnknown(shop.db, message, 'timeout', NOON);
      await giveUp(shop.db, message, NOON + MINUTE);
      break;
    case 'rejected':
      await recordRefused(shop.db, clientRef, '1450', 'provider_refused', NOON);
      break;
    case 'accepted':
      await recordAccepted(shop.db, clientRef, providerId, 'answer', NOON);
      break;
    case 'undeliverable':
      await recordAccepted(shop.db, clientRef, providerId, 'answer', NOON);
      await recordStatus(shop.db, { clientRef, providerId, receipt: 'undeliverable', code: '1490', at: NOON }, NOON);
      break;
    default:
      throw new Error(`not prepared: ${state}`);
  }
  expect((await ledgerRowOf(shop.db, message)).state).toBe(state);
  return message;
}

const act = (message: string, verb: 'redrive' | 'release' | 'give-up', more: object = {}, headers = {}) =>
  shop.post(`/v1/messages/${message}/${verb}`, { ...BY, ...more }, headers);
const detailsOf = async (message: string): Promise<AnsweredJson> => (await shop.get(`/v1/messages/${message}`)).body;
const redeliveriesOf = (message: string) => shop.db('redeliveries').where({ message_id: message });

describe('the list of messages in a state', () => {
  it.each(['unknown', 'given_up', 'rejected', 'undeliverable'] as const)(
    '%s has them, newest first, in pages',
    async (state) => {
      await emptied(shop.owner, 'messages');
      const all = [];
      for (let index = 0; index < 3; index += 1) all.unshift(await messageIn(state));
      await messageIn('accepted');
      // Created at one moment: their ids decide then.
      const sorted = all.toSorted();
      const first = (await shop.get(`/v1/messages?state=${state}&limit=2`)).body;
      const second = (await shop.get(`/v1/messages?state=${state}&limit=2&after=${first.next}`)).body;
      expect(messagesAnswer.strict().parse(first)).toEqual(first);
      expect([...first.messages, ...second.messages].map(({ id }) => id)).toEqual(sorted);
      expect(second.next).toBeUndefined();
    },
  );

  it('counts a message as unknown whose run died before it could say so, once no call can be under way', async () => {
    await emptied(shop.owner, 'messages');
    const message = await messageIn('submitted');
    expect((await shop.get('/v1/messages?state=unknown')).body.messages).toMatchObject([{ id: message, attempts: 1 }]);
    shop.clock.at = NOON + MINUTE - 1;
    expect((await shop.get('/v1/messages?state=unknown')).body.messages).toEqual([]);
  });

  it.each([[''], ['?state=delivered'], ['?state=unknown&after=x'], ['?state=unknown&limit=0']])(
    'is refused for %j',
    async (query) => {
      expect((await shop.get(`/v1/messages${query}`)).status).toBe(422);
    },
  );
});

describe('one message', () => {
  it('is shown with its attempts, statuses, decisions and what was done by hand, without number or text', async () => {
    const message = await messageIn('undeliverable');
    await act(message, 'redrive', { mayDuplicate: true });
    const body = await detailsOf(message);
    expect(messageAnswer.strict().parse(body)).toEqual(body);
    expect(body).toMatchObject({
      state: 'planned',
      code: '1490',
      attempts: 1,
      attempted: [
        { number: 1, outcome: 'accepted', settledBy: 'answer', statuses: [{ status: 'undeliverable', code: '1490' }] },
      ],
      decisions: [{ outcome: 'send', rule: 'all_clear' }],
      redeliveries: [{ cause: 'operator' }],
      audit: [
        {
          actor: `test: ${BY.actor}`,
          reason: BY.reason,
          action: 'redrive',
          before: { state: 'undeliverable' },
          after: { state: 'planned', mayDuplicate: true },
        },
      ],
    });
    const shown = JSON.stringify(body);
    expect([phone, phone.slice(1), TEXT].filter((canary) => shown.includes(canary))).toEqual([]);
  });

  it.each([[randomUUID()], ['x'], ['1']])('that does not exist is not found (%s)', async (id) => {
    expect((await shop.get(`/v1/messages/${id}`)).status).toBe(404);
    expect((await act(id, 'redrive')).status).toBe(404);
  });
});

describe('redrive', () => {
  it('plans a refused message again, once, with a redelivery', async () => {
    const message = await messageIn('rejected');
    const reply = await act(message, 'redrive');
    expect([reply.status, reply.body]).toEqual([200, { id: message, state: 'planned' }]);
    expect(await ledgerRowOf(shop.db, message)).toEqual({ state: 'planned', reason: null, submitted_at: null });
    expect(await redeliveriesOf(message)).toMatchObject([{ cause: 'operator', not_before: new Date(shop.clock.at) }]);
    expect(shop.wakes.count).toBeGreaterThan(0);
  });

  it.each(['given_up', 'undeliverable'] as const)(
    'of a message that is %s and may have been taken is refused until the caller accepts a duplicate',
    async (state) => {
      const message = await messageIn(state);
      const refused = await act(message, 'redrive');
      expect([refused.status, refused.body.type]).toEqual([409, because('may_duplicate')]);
      expect(await redeliveriesOf(message)).toEqual([]);
      expect((await act(message, 'redrive', { mayDuplicate: true })).status).toBe(200);
      // It may have reached the person, so it goes on counting for what else may be sent.
      expect((await ledgerRowOf(shop.db, message)).submitted_at).not.toBeNull();
    },
  );

  it('of a message that was refused with an error after which it may have arrived is refused without that word, too', async () => {
    const order = await placedOrder(shop.db, {}, validBrand());
    const message = await planned(shop.db, order);
    await recordRefused(shop.db, await submitted(shop.db, message), '1490', 'provider_refused', NOON);
    expect((await act(message, 'redrive')).body.type).toBe(because('may_duplicate'));
  });

  it('of a message that is known not to have arrived needs no such word', async () => {
    const message = await messageIn('accepted');
    const [{ client_ref: clientRef, provider_id: providerId }] = await shop
      .db('attempts')
      .where({ message_id: message });
    await recordStatus(shop.db, { clientRef, providerId, receipt: 'rejected', code: '1280', at: NOON }, NOON);
    expect((await act(message, 'redrive')).status).toBe(200);
  });

  it.each(['planned', 'unknown', 'accepted', 'submitted'] as const)(
    'of a message that is %s is refused and says so',
    async (state) => {
      const message = await messageIn(state);
      const reply = await act(message, 'redrive', { mayDuplicate: true });
      expect([reply.status, reply.body.type]).toEqual([409, because('message_state')]);
      expect(reply.body.detail).toContain(`The message is ${state}`);
      expect((await ledgerRowOf(shop.db, message)).state).toBe(state);
    },
  );
});

describe('release', () => {
  it.each(['unknown', 'submitted'] as const)(
    'of a message that is %s records that the operator vouches for it',
    async (state) => {
      const message = await messageIn(state);
      expect((await act(message, 'release')).body).toEqual({ id: message, state: 'planned' });
      expect(await detailsOf(message)).toMatchObject({
        attempted: [{ outcome: 'not_sent', settledBy: 'operator' }],
        audit: [{ action: 'release', before: { state }, after: { state: 'planned' } }],
      });
      expect(await redeliveriesOf(message)).toHaveLength(1);
    },
  );

  it('of a message whose call may still be under way is refused', async () => {
    const message = await messageIn('submitted');
    shop.clock.at = NOON + MINUTE - 1;
    expect((await act(message, 'release')).body.type).toBe(because('message_state'));
    expect(await detailsOf(message)).toMatchObject({ state: 'submitted', audit: [] });
  });

  it.each(['given_up', 'rejected', 'planned', 'accepted'] as const)(
    'of a message that is %s is refused',
    async (state) => {
      expect((await act(await messageIn(state), 'release')).body.type).toBe(because('message_state'));
    },
  );
});

describe('give up', () => {
  it.each(['planned', 'unknown', 'submitted'] as const)('ends a message that is %s, with its reason', async (state) => {
    const message = await messageIn(state);
    expect((await act(message, 'give-up')).body).toEqual({ id: message, state: 'given_up' });
    expect(await ledgerRowOf(shop.db, message)).toMatchObject({ state: 'given_up', reason: 'given_up_by_operator' });
    expect((await detailsOf(message)).decisions.at(-1)).toMatchObject({
      outcome: 'skip',
      reason: 'given_up_by_operator',
      rule: 'operator',
    });
    expect(await redeliveriesOf(message)).toEqual([]);
  });

  it('is taken back by a receipt: what has arrived has arrived', async () => {
    const message = await messageIn('unknown');
    await act(message, 'give-up');
    const [{ client_ref: clientRef }] = await shop.db('attempts').where({ message_id: message });
    await recordStatus(shop.db, { clientRef, providerId: randomUUID(), receipt: 'delivered', at: NOON }, NOON);
    expect((await ledgerRowOf(shop.db, message)).state).toBe('delivered');
  });

  it('shows in the order’s timeline as one line', async () => {
    const message = await messageIn('planned');
    await act(message, 'give-up');
    const { order } = await detailsOf(message);
    const { timeline } = (await shop.get(`/v1/orders/${order}`)).body;
    const lines = timeline.filter(({ key }: AnsweredJson) => key === 'shipped#parcel-1');
    expect(lines).toMatchObject([{ what: 'failed', state: 'given_up', reason: 'given_up_by_operator' }]);
  });
});

describe('every repair', () => {
  it('by two operators at once happens once: the second is told the state', async () => {
    for (let round = 0; round < 10; round += 1) {
      const message = await messageIn('rejected');
      const replies = await Promise.all(['ada', 'bo', 'cy'].map((actor) => act(message, 'redrive', { actor })));
      expect(replies.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
      expect(await redeliveriesOf(message)).toHaveLength(1);
      expect((await detailsOf(message)).audit).toHaveLength(1);
    }
  });

  it('release against give-up at once: one of them happens, and the message ends as that one says', async () => {
    for (let round = 0; round < 10; round += 1) {
      const message = await messageIn('unknown');
      const [released, givenUp] = await Promise.all([act(message, 'release'), act(message, 'give-up')]);
      const statuses = [released.status, givenUp.status];
      // A message that was released is planned, which can be given up.
      expect([
        [200, 200],
        [409, 200],
      ]).toContainEqual(statuses);
      expect((await ledgerRowOf(shop.db, message)).state).toBe('given_up');
    }
  });

  it('with an Idempotency-Key gives the first answer again', async () => {
    const message = await messageIn('rejected');
    const headers = { 'idempotency-key': randomUUID() };
    const first = await act(message, 'redrive', {}, headers);
    const again = await act(message, 'redrive', {}, headers);
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(await redeliveriesOf(message)).toHaveLength(1);
  });

  it.each([
    [{ actor: undefined }],
    [{ reason: '' }],
    [{ actor: 'x'.repeat(101) }],
    [{ mayDuplicate: 'yes' }],
    [{ force: true }],
  ])('needs who and why (%j)', async (more) => {
    expect((await act(await messageIn('rejected'), 'redrive', more)).status).toBe(422);
  });

  it("of another brand's message is not found, and does nothing", async () => {
    const message = await messageIn('rejected');
    const headers = { authorization: `Bearer ${shop.strangersKey}` };
    for (const verb of ['redrive', 'release', 'give-up'] as const)
      expect((await act(message, verb, {}, headers)).status).toBe(404);
    expect((await ledgerRowOf(shop.db, message)).state).toBe('rejected');
    expect((await shop.get('/v1/messages?state=rejected', shop.strangersKey)).body.messages).toEqual([]);
  });

  it('stays on record: the audit log can only be added to', async () => {
    await act(await messageIn('rejected'), 'redrive');
    await expect(shop.owner('audit_log').delete()).rejects.toThrow('append-only');
  });
});
