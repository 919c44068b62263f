import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRenderMessage } from '../../activities/render-message.ts';
import type { LinkOwner } from '../../domain/contacts/identity.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import { requestErasure } from '../../commands/privacy/request-erasure.ts';
import { storeOf } from '../helpers/keys.ts';
import { loadTemplates } from '../../templates/load.ts';
import { NOON, placedOrder, planned } from '../helpers/ledger.ts';
import type { PlacedOrder } from '../helpers/ledger.ts';
import type { Sending } from './send/sending.ts';
import { rules, startSending } from './send/sending.ts';

const ZONES = ['Europe/Rome'];
const templates = loadTemplates();

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());

/** As long as a signature can be. */
const linkOf = ({ id, epoch }: LinkOwner) => `${id.toString('hex')}${epoch}`.padStart(24, 'x');

function render(message: string, kind: MessageKind = 'shipped', asOf = NOON) {
  return createRenderMessage({ db: stage.db, templates, rules, linkOf })({ message, kind, zones: ZONES, asOf });
}

async function textOf(message: string): Promise<unknown> {
  return stage.db('messages').where({ id: message }).first('body', 'locale', 'encoding', 'segments', 'state', 'reason');
}

async function decisionsOf({ order }: PlacedOrder): Promise<object[]> {
  return stage.db('decisions').where({ order_id: order, outcome: 'skip' }).select('reason', 'rule');
}

describe('rendering a message', () => {
  it("puts the text into the ledger in the customer's language, and only its length into the result", async () => {
    const message = await planned(stage.db, await placedOrder(stage.db));
    const result = await render(message);
    expect(result).toEqual({ kind: 'rendered', segments: 1 });
    expect(await textOf(message)).toMatchObject({ locale: 'it', encoding: 'gsm7', segments: 1, state: 'planned' });
    expect(await textOf(message)).toMatchObject({ body: expect.stringContaining('Bottega Sole') as unknown });
  });

  it('twice is the same text', async () => {
    const message = await planned(stage.db, await placedOrder(stage.db));
    await render(message);
    const first = await textOf(message);
    await render(message);
    expect(await textOf(message)).toEqual(first);
  });

  it('a message that has gone out keeps the text it went out with', async () => {
    const message = await planned(stage.db, await placedOrder(stage.db));
    await stage.send(message);
    const before = await textOf(message);
    await render(message);
    expect(await textOf(message)).toEqual(before);
  });

  it('a message of no ledger is an error', async () => {
    await expect(render('00000000-0000-4000-8000-000000000000')).rejects.toThrow('no such message');
  });
});

describe("the rules of the recipient's places", () => {
  const KOREA = { e164: '+821012345678', country: 'KR' };

  async function promotionTo(phone: { e164: string; country: string }, overrides: object = {}) {
    const order = await placedOrder(stage.db, { customer: { phone }, ...overrides });
    const message = await planned(stage.db, order, { kind: 'reactivation', step: 'reactivation', occurrence: '' });
    return { order, message, result: await render(message, 'reactivation') };
  }
  const bodyOf = async (message: string): Promise<string> =>
    (await stage.db('messages').where({ id: message }).first('body')).body;

  it('of a Korean number give an Italian text its label, a contact and a free way to refuse', async () => {
    const { message } = await promotionTo(KOREA);
    const link = String.raw`https://sole\.example/scelte/x+[0-9a-f]+`;
    expect(await bodyOf(message)).toMatch(new RegExp(`^\\(광고\\) Bottega Sole: .* 문의 \\S.* 무료수신거부 ${link}$`));
  });

  it('are those of the address, too', async () => {
    const place = { country: 'KR', city: 'Seoul' };
    const { message } = await promotionTo({ e164: '+393331999001', country: 'IT' }, { place });
    expect(await bodyOf(message)).toMatch(/^\(광고\) .* 무료수신거부 \S+$/);
  });

  it('of an Italian number end it with STOP by reply', async () => {
    const { message } = await promotionTo({ e164: '+393331999002', country: 'IT' });
    expect(await bodyOf(message)).toMatch(/^Bottega Sole: .* Per disiscriverti rispondi STOP\.$/);
  });

  it('leave out a first name that Korean networks cannot carry, and every other text of it goes', async () => {
    for (const [firstName, printed] of [
      ['محمد', false],
      ['สมชาย', false],
      ['דוד', false],
      ['Søren', true],
      ['Олег', true],
      ['민준', true],
    ] as const) {
      const order = await placedOrder(stage.db, {
        customer: {
          firstName,
          phone: { ...KOREA, e164: `+8210123${String(51_000 + Math.floor(Math.random() * 900))}` },
        },
      });
      const message = await planned(stage.db, order, { kind: 'order_confirmation' });
      expect(await render(message, 'order_confirmation'), firstName).toMatchObject({ kind: 'rendered' });
      const body = await bodyOf(message);
      expect(body.includes(firstName === 'Søren' ? 'S' : firstName), body).toBe(printed);
    }
  });

  it('that the text cannot keep skip it, and the decision names the row', async () => {
    const items = [{ sku: 'MOKA-3', title: 'مرحبا', quantity: 1, priceMinor: 900 }];
    const order = await placedOrder(stage.db, { customer: { phone: { ...KOREA, e164: '+821012345679' } }, items });
    const message = await planned(stage.db, order, { kind: 'check_in' });
    expect(await render(message, 'check_in')).toEqual({ kind: 'missing_data', rule: 'kr.text.charset' });
    expect(await textOf(message)).toMatchObject({ state: 'skipped', reason: 'missing_data' });
    expect(await decisionsOf(order)).toEqual([{ reason: 'missing_data', rule: 'kr.text.charset' }]);
  });
});

it('an answer to HELP never has a link that is dead on arrival: none while its person is erased', async () => {
  const order = await placedOrder(stage.db);
  const body = async (occurrence: string): Promise<string> => {
    const message = await planned(stage.db, order, { kind: 'help', order: null, occurrence, inReply: true });
    expect(await render(message, 'help')).toMatchObject({ kind: 'rendered' });
    return (await stage.db('messages').where({ id: message }).first('body')).body;
  };
  expect(await body('inbound-1')).toContain('Scelte e disiscrizione: https://sole.example/scelte/');
  await requestErasure(storeOf(stage.db), { ...order, actor: 'test', source: 'api' }, NOON);
  const answer = await body('inbound-2');
  expect([answer.includes('Assistenza'), answer.includes('scelte')]).toEqual([true, false]);
});

describe('a text that needs what the shop has not told us', () => {
  const items = [{ sku: 'UNHEARD-OF', title: 'Tazza', quantity: 1, priceMinor: 900 }];

  it('is skipped, and the decision names the placeholder', async () => {
    const order = await placedOrder(stage.db, { items });
    const message = await planned(stage.db, order, { kind: 'care_tips' });
    expect(await render(message, 'care_tips')).toEqual({ kind: 'missing_data', placeholder: 'item.careTip' });
    expect(await textOf(message)).toMatchObject({ state: 'skipped', reason: 'missing_data' });
    expect(await decisionsOf(order)).toEqual([{ reason: 'missing_data', rule: 'placeholder.item.careTip' }]);
  });

  it('twice leaves one decision', async () => {
    const order = await placedOrder(stage.db, { items });
    const message = await planned(stage.db, order, { kind: 'care_tips' });
    const first = await render(message, 'care_tips');
    expect(await render(message, 'care_tips', NOON + 1)).toEqual(first);
    expect(await decisionsOf(order)).toHaveLength(1);
  });

  it('is given up where an earlier text of it may have arrived', async () => {
    const order = await placedOrder(stage.db, { items });
    const message = await planned(stage.db, order, { kind: 'care_tips' });
    stage.fake.setFault({ kind: 'reset_after_accept', times: 1 });
    await stage.send(message);
    await render(message, 'care_tips');
    expect(await textOf(message)).toMatchObject({ state: 'given_up', reason: 'outcome_unknown_given_up' });
  });

  it('is never sent', async () => {
    const message = await planned(stage.db, await placedOrder(stage.db, { items }), { kind: 'care_tips' });
    await render(message, 'care_tips');
    stage.requests();
    expect(await stage.send(message)).toEqual({ kind: 'skip', reason: 'missing_data' });
    expect(stage.requests()).toBe(0);
  });
});
