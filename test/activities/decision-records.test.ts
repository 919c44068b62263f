/** Every decision about a message is on record with its basis, wherever it was made. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRenderMessage } from '../../activities/render-message.ts';
import { recordConsents } from '../../db/consent/consents.ts';
import type { PlacedOrder } from '../helpers/ledger.ts';
import { NOON, brand, consentTo, placedOrder } from '../helpers/ledger.ts';
import { loadTemplates } from '../../templates/load.ts';
import type { Sending } from './send/sending.ts';
import { rules, startSending } from './send/sending.ts';

const DAY = 24 * 60 * 60_000;
const templates = loadTemplates();

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());

interface DecisionRow {
  readonly outcome: string;
  readonly reason: string | null;
  readonly consent_id: number | null;
}

const COMPLETE = {
  zones: ['Europe/Rome'],
  zone_source: 'address',
  jurisdictions: ['IT'],
  packs: [expect.stringMatching(/^IT@[0-9a-f]{12}$/)],
  rules: expect.arrayContaining(['it.text.identify']),
  local_time: '2026-03-03T12:00',
};

async function decisionsOf({ contact }: PlacedOrder): Promise<readonly DecisionRow[]> {
  return stage.db('decisions').where({ contact_id: contact }).orderBy('id');
}

async function allowed(order: PlacedOrder, kind: 'care_tips' | 'bundle_offer' | 'shipped'): Promise<string> {
  const checked = await stage.check(order, { kind });
  if (checked.kind !== 'send') throw new Error(checked.reason);
  return checked.message;
}

function render(message: string, kind: 'care_tips' | 'bundle_offer' | 'shipped', asOf = NOON) {
  return createRenderMessage({ db: stage.db, templates, rules })({ message, kind, zones: ['Europe/Rome'], asOf });
}

it('a message whose text cannot be completed ends with a decision that names the rules which had allowed it', async () => {
  const items = [{ sku: 'UNHEARD-OF', title: 'Tazza', quantity: 1, priceMinor: 900 }];
  const order = await placedOrder(stage.db, { items });
  expect(await render(await allowed(order, 'care_tips'), 'care_tips')).toMatchObject({ kind: 'missing_data' });
  expect((await decisionsOf(order)).at(-1)).toMatchObject({ outcome: 'skip', reason: 'missing_data', ...COMPLETE });
});

it('a reply is on record like everything else', async () => {
  const order = await placedOrder(stage.db);
  const help = { kind: 'help', order: null, occurrence: 'inbound-1', inReply: true } as const;
  expect(await stage.check(order, help)).toMatchObject({ kind: 'send' });
  expect((await decisionsOf(order)).at(-1)).toMatchObject({ outcome: 'send', rule: 'all_clear', ...COMPLETE });
});

it('a send that confirms the decision records no second one', async () => {
  const order = await placedOrder(stage.db);
  const message = await allowed(order, 'shipped');
  await render(message, 'shipped');
  expect(await stage.send(message, { asOf: NOON + 1000 })).toEqual({ kind: 'accepted' });
  expect(await decisionsOf(order)).toMatchObject([{ outcome: 'send', ...COMPLETE }]);
});

it('a message that is sent under another consent than it was allowed under has a second decision with that consent', async () => {
  const order = await placedOrder(stage.db);
  const message = await allowed(order, 'bundle_offer');
  await stage
    .db('messages')
    .where({ id: message })
    .update({ body: 'Offerta.', locale: 'it', encoding: 'gsm7', segments: 1 });
  await recordConsents(stage.db, brand.id, order.contact, [consentTo('promotional', { at: NOON + 1 })], NOON + 1);
  expect(await stage.send(message, { asOf: NOON + 2 })).toEqual({ kind: 'accepted' });
  const [first, second, ...more] = await decisionsOf(order);
  expect([first, second, more]).toMatchObject([
    { outcome: 'send' },
    { outcome: 'send', reason: null, ...COMPLETE },
    [],
  ]);
  expect(second?.consent_id).toBeGreaterThan(first?.consent_id ?? Infinity);
});

it('a message that a busy provider delays has a decision that names the rules which had allowed it', async () => {
  const order = await placedOrder(stage.db);
  const message = await allowed(order, 'shipped');
  await render(message, 'shipped');
  stage.fake.setFault({ kind: 'status', status: 429, times: 1 });
  expect(await stage.send(message)).toMatchObject({ kind: 'wait', reason: 'provider_busy' });
  expect((await decisionsOf(order)).at(-1)).toMatchObject({ outcome: 'wait', reason: 'provider_busy', ...COMPLETE });
});

it('a message that ends without a look at the rules has a decision that names none', async () => {
  const order = await placedOrder(stage.db);
  const message = await allowed(order, 'shipped');
  expect(await stage.send(message, { asOf: NOON + DAY, settleOnly: true })).toMatchObject({ kind: 'skip' });
  expect((await decisionsOf(order)).at(-1)).toMatchObject({ outcome: 'skip', packs: [], consent_id: null });
});
