import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRenderMessage } from '../../activities/render-message.ts';
import { accessCodes } from '../../commands/privacy/ask-code.ts';
import { changeSuppression } from '../../db/consent/change-suppression.ts';
import { keys, storeOf } from '../helpers/keys.ts';
import { NOON, placedOrder, planned } from '../helpers/ledger.ts';
import { loadTemplates } from '../../templates/load.ts';
import type { Sending } from './send/sending.ts';
import { rules, runSend, startSending } from './send/sending.ts';

const codeOf = accessCodes(keys.codes);

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());

it('a code is on the phone and nowhere else: what the ledger keeps has its place alone', async () => {
  const { db, fake, sender } = stage;
  const order = await placedOrder(db);
  const request = randomUUID();
  const asked = { kind: 'access_code', step: 'access_code', occurrence: request, order: null, inReply: true } as const;
  const message = await planned(db, order, asked);
  const render = createRenderMessage({ db, rules, templates: loadTemplates() });
  await render({ message, kind: 'access_code', zones: ['Europe/Rome'], asOf: NOON });
  expect(await runSend({ db, rules, sender, codeOf }, message)).toEqual({ kind: 'accepted' });
  const code = codeOf(request);
  expect(code).toMatch(/^\d{6}$/);
  expect(fake.messages().at(-1)).toMatchObject({
    to: order.phone,
    text: expect.stringContaining(` ${code} `),
  });
  const kept = JSON.stringify([
    await db('messages').where({ id: message }),
    await db('attempts'),
    await db('decisions'),
  ]);
  expect(kept).toContain('******');
  expect(kept).not.toContain(code);
});

it('a code without its key is not sent with something else in its place', async () => {
  const { db, fake, sender } = stage;
  const order = await placedOrder(db);
  const asked = { kind: 'access_code', step: 'access_code', occurrence: randomUUID(), order: null } as const;
  const message = await planned(db, order, { ...asked, inReply: true });
  const before = fake.messages().length;
  await expect(runSend({ db, rules, sender }, message)).rejects.toThrow('no key');
  expect(fake.messages()).toHaveLength(before);
});

it('a number that is stopped gets the code it asks for, and nothing about an order', async () => {
  const order = await placedOrder(stage.db);
  const stop = { brand: order.brand, address: order.phone, state: 'stopped', source: 'test', at: NOON } as const;
  await changeSuppression(storeOf(stage.db), stop, NOON);
  const asked = { kind: 'access_code', step: 'access_code', occurrence: randomUUID(), order: null } as const;
  expect(await stage.check(order, { ...asked, inReply: true })).toMatchObject({ kind: 'send' });
  expect(await stage.check(order)).toMatchObject({ kind: 'skip', reason: 'opted_out' });
});

it('every request has a code of its own, and another key has others', () => {
  const requests = Array.from({ length: 200 }, () => randomUUID());
  expect(new Set(requests.map(codeOf)).size).toBeGreaterThan(195);
  const other = accessCodes(keys.forms);
  expect(requests.filter((request) => other(request) === codeOf(request)).length).toBeLessThan(3);
});
