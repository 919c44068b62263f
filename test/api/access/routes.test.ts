import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditAnswer } from '../../../api/access/schema.ts';
import { recordUnknown } from '../../../db/sending/ledger/attempts.ts';
import { createApiKey } from '../../../commands/access/api-keys.ts';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import { openCase } from '../../../commands/conversation/open-case.ts';
import { HOUR } from '../../../domain/time/duration.ts';
import type { PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, placedOrder, planned, submitted } from '../../helpers/ledger.ts';
import type { AnsweredJson, Shop } from '../shop.ts';
import { openShop, validBrand } from '../shop.ts';

let shop: Shop;
let order: PlacedOrder;
beforeAll(async () => {
  shop = await openShop();
  shop.clock.at = NOON;
  order = await placedOrder(shop.db, {}, validBrand());
});
afterAll(() => shop.close());

async function entries(query = ''): Promise<AnsweredJson[]> {
  const { status, body } = await shop.get(`/v1/audit${query}`);
  expect([status, auditAnswer.strict().parse(body)]).toEqual([200, body]);
  return body.entries;
}
const newest = async (query: string): Promise<AnsweredJson> => (await entries(query))[0];

describe('every change by a person or a key is on record', () => {
  it('a command to an order, also when it is unknown whether the workflow took it', async () => {
    const until = new Date(NOON + HOUR).toISOString();
    expect((await shop.post(`/v1/orders/${order.order}/pause`, { until })).status).toBe(503);
    expect(await newest(`?subject=order:${order.order}`)).toMatchObject({
      actor: 'test',
      action: 'pause',
      after: { until, answer: 'unreachable' },
      at: new Date(NOON).toISOString(),
    });
  });

  it('a case that was closed, once', async () => {
    const about = { brand: 'bottega', contact: order.contact, order: order.order, kind: 'question' } as const;
    const id = await openCase(shop.db, { ...about, cause: 'test', at: NOON, byWorkflow: false });
    for (const status of ['closed', 'already_closed'])
      expect((await shop.post(`/v1/cases/${id}/close`, { actor: 'ada', reason: 'called back' })).body.status).toBe(
        status,
      );
    expect(await entries(`?subject=case:${id}`)).toMatchObject([
      { actor: 'test: ada', action: 'close_case', reason: 'called back' },
    ]);
  });

  it('a repair, with the key and the actor that its caller names', async () => {
    const message = await planned(shop.db, order);
    await submitted(shop.db, message);
    await recordUnknown(shop.db, message, 'timeout', NOON);
    const by = { actor: 'ada', reason: 'not in the dashboard' };
    expect((await shop.post(`/v1/messages/${message}/release`, by)).status).toBe(200);
    expect(await entries(`?subject=message:${message}`)).toMatchObject([
      { actor: 'test: ada', action: 'release', reason: by.reason, before: { state: 'unknown' } },
    ]);
  });

  it("a brand's file, by the fields that changed, and nothing when none did", async () => {
    const changed = validBrand({ name: 'Bottega Luna' });
    for (const brand of [changed, changed, validBrand()]) await saveBrand(shop.db, brand, NOON, 'command line');
    expect(
      (await entries('?action=apply_brand&actor=command%20line')).map(({ before, after }) => [before, after]),
    ).toEqual([
      [{ name: 'Bottega Luna' }, { name: 'Bottega Sole' }],
      [{ name: 'Bottega Sole' }, { name: 'Bottega Luna' }],
    ]);
  });

  it('a stop that is set or lifted, with the contact it is about and what stood before, never with the number', async () => {
    const { contact, phone } = await placedOrder(shop.db, {}, validBrand());
    await shop.post('/v1/opt-outs', { address: phone, source: 'agent', state: 'stopped' });
    await shop.post('/v1/opt-outs', { address: phone, source: 'agent', state: 'lifted', reason: 'a mistake' });
    const [lifted, stopped, ...more] = await entries(`?subject=contact:${contact}`);
    expect(more).toEqual([]);
    expect(stopped).toMatchObject({
      action: 'stop_messages',
      before: { state: 'lifted' },
      after: { state: 'stopped' },
    });
    expect(lifted).toMatchObject({
      action: 'lift_stop',
      reason: 'a mistake',
      before: { state: 'stopped' },
      after: { state: 'lifted' },
    });
    expect(JSON.stringify([lifted, stopped])).not.toContain(phone.slice(4));
  });

  it('a new key, by its label and never by itself', async () => {
    const key = await createApiKey(
      shop.db,
      { brand: 'bottega', label: 'dashboard', scopes: ['orders:read'], expiresAt: NOON + HOUR, actor: 'command line' },
      NOON,
    );
    const entry = await newest('?action=create_key');
    expect(entry).toMatchObject({
      actor: 'command line',
      after: { label: 'dashboard', scopes: ['orders:read'], expiresAt: new Date(NOON + HOUR).toISOString() },
    });
    expect(JSON.stringify(entry)).not.toContain(key.slice(5));
  });
});

describe('GET /v1/audit', () => {
  it('gives pages, newest first, without a gap or an overlap', async () => {
    const all = await entries('?limit=100');
    const ids = all.map(({ id }) => Number(id));
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
    const seen: AnsweredJson[] = [];
    for (let after: string | undefined = ''; after !== undefined;) {
      const { body } = await shop.get(`/v1/audit?limit=2${after && `&after=${after}`}`);
      seen.push(...body.entries);
      after = body.next;
    }
    expect(seen).toEqual(all);
  });

  it('filters by time, both ends included, and by kind of subject', async () => {
    shop.clock.at = NOON + 2 * HOUR;
    await shop.post(`/v1/orders/${order.order}/resume`, {});
    const at = new Date(shop.clock.at).toISOString();
    const later = new Date(shop.clock.at + 1).toISOString();
    expect(await entries(`?from=${at}&to=${at}`)).toMatchObject([{ action: 'resume' }]);
    expect(await entries(`?from=${later}`)).toEqual([]);
    expect(new Set((await entries('?subject=order')).map(({ subject }) => subject.kind))).toEqual(new Set(['order']));
  });

  it.each([
    ['?action=hack', '?action'],
    ['?subject=customer:1', '?subject.kind'],
    ['?subject=order:', '?subject.id'],
    ['?from=yesterday', '?from'],
    ['?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', '?to'],
    ['?after=0', '?after'],
    ['?limit=101', '?limit'],
    ['?actor=a&actor=b', '?actor'],
    ['?who=ada', '?who'],
  ])('%s is refused and the mistake is named', async (query, pointer) => {
    const reply = await shop.get(`/v1/audit${query}`);
    expect([reply.status, reply.headers.get('content-type'), reply.body.errors[0].pointer]).toEqual([
      422,
      'application/problem+json',
      pointer,
    ]);
  });

  it("never shows another brand's entries", async () => {
    const { body } = await shop.get('/v1/audit', shop.strangersKey);
    expect(body.entries.map(({ actor }: AnsweredJson) => actor)).toEqual(['set-up', 'set-up']);
  });
});

it('entries can neither be changed nor deleted, and a repair without a reason is none', async () => {
  await expect(shop.owner('audit_log').update({ actor: 'nobody' })).rejects.toThrow('append-only');
  await expect(shop.owner('audit_log').delete()).rejects.toThrow('append-only');
  const entry = { brand_id: 'bottega', actor: 'ada', subject_id: '1', at: new Date(NOON) };
  await expect(
    shop.owner('audit_log').insert({ ...entry, action: 'release_block', subject_kind: 'block' }),
  ).rejects.toThrow('audit_log');
});
