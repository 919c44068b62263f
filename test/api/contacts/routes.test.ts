import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCase } from '../../../commands/conversation/open-case.ts';
import { HOUR, MINUTE } from '../../../domain/time/duration.ts';
import { consent, ORDER_TIME, validOrder } from '../../helpers/orders.ts';
import type { Shop } from '../shop.ts';
import { openShop } from '../shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const place = async (customer: object = {}, order: object = {}) =>
  (await shop.post('/v1/orders', validOrder({ ...order, customer: { ...customer } }))).body;
const view = async (contact: string) => (await shop.get(`/v1/contacts/${contact}`)).body;
const versionOf = async (id: string) => (await shop.db('contacts').where({ id }).first('gate_version')).gate_version;

describe('consents', () => {
  it('are only ever added: a withdrawal leaves the grant on record', async () => {
    const { contact } = await place();
    expect((await shop.post(`/v1/contacts/${contact}/consents`, consent())).status).toBe(201);
    await shop.post(`/v1/contacts/${contact}/consents`, consent({ action: 'withdrawn', source: 'phone call' }));
    expect((await view(contact)).consents.map(({ action }: { action: string }) => action)).toEqual([
      'granted',
      'withdrawn',
    ]);
  });

  it('move the version that a send is committed against', async () => {
    const { contact } = await place();
    const before = await versionOf(contact);
    await shop.post(`/v1/contacts/${contact}/consents`, consent());
    expect(await versionOf(contact)).toBe(before + 1);
  });

  it('of an unknown contact are not found', async () => {
    const { status } = await shop.post('/v1/contacts/00000000-0000-4000-8000-000000000000/consents', consent());
    expect(status).toBe(404);
  });
});

describe('the answer of a list', () => {
  const check = (contact: string, listed: boolean, at: number) =>
    shop.post(`/v1/contacts/${contact}/list-checks`, { list: 'sg_dnc', listed, at: new Date(at).toISOString() });
  const listCheck = (contact: string) =>
    shop
      .db('list_checks')
      .where({ contact_id: contact })
      .orderBy('checked_at', 'desc')
      .orderBy('id', 'desc')
      .first('listed', 'checked_at');

  it('of the future counts from its arrival, so it does not stand over what the list says later, and the sender is told', async () => {
    const { contact } = await place();
    const { status, body } = await check(contact, false, ORDER_TIME + 23 * HOUR);
    expect([status, body.notes]).toEqual([201, [{ pointer: '/at', detail: expect.stringContaining('in the future') }]]);
    expect(await listCheck(contact)).toEqual({ listed: false, checked_at: new Date(ORDER_TIME) });
    await check(contact, true, ORDER_TIME);
    expect(await listCheck(contact)).toMatchObject({ listed: true });
  });

  it('of a clock that is a little ahead is taken without a word, and one of more than a day ahead is refused', async () => {
    const { contact } = await place();
    expect((await check(contact, true, ORDER_TIME + 4 * MINUTE)).body).not.toHaveProperty('notes');
    expect((await check(contact, true, ORDER_TIME + 25 * HOUR)).status).toBe(422);
    expect(await listCheck(contact)).toEqual({ listed: true, checked_at: new Date(ORDER_TIME) });
  });
});

describe('opt-outs', () => {
  it('of a contact stop its numbers at once, and lifting them opens them again', async () => {
    const { contact } = await place();
    const stopped = await shop.post('/v1/opt-outs', { contact, source: 'agent' });
    expect([stopped.status, stopped.body.state]).toEqual([201, 'stopped']);
    expect((await view(contact)).addresses[0].suppressed).toBe(true);
    await shop.post('/v1/opt-outs', { contact, source: 'agent', state: 'lifted', reason: 'it was the wrong customer' });
    expect((await view(contact)).addresses[0].suppressed).toBe(false);
  });

  it('of a number without an order count for the customer who orders with it later', async () => {
    const { body } = await shop.post('/v1/opt-outs', { address: '347 555 0001', source: 'letter' });
    expect(body.addresses).toEqual(['+393475550001']);
    const { contact } = await place({ phone: '+39 347 555 0001' });
    expect((await view(contact)).addresses).toMatchObject([{ address: '+393475550001', suppressed: true }]);
  });

  it('of one brand leave another brand alone', async () => {
    await shop.post(
      '/v1/opt-outs',
      { address: '+393475550002', source: 'x' },
      { authorization: `Bearer ${shop.strangersKey}` },
    );
    const { contact } = await place({ phone: '+39 347 555 0002' });
    expect((await view(contact)).addresses[0].suppressed).toBe(false);
  });

  it.each([
    ['neither address nor contact', {}, ''],
    ['both', { address: '+393475550003', contact: '00000000-0000-4000-8000-000000000000' }, ''],
    ['a number that is none', { address: '12' }, '/address'],
    ['no source', { address: '+393475550003', source: '' }, '/source'],
  ])('with %s are refused', async (_, body, pointer) => {
    const reply = await shop.post('/v1/opt-outs', { source: 'test', ...body });
    expect([reply.status, reply.body.errors[0].pointer]).toEqual([422, pointer]);
  });

  it('of a contact without any number ask for the number instead of promising nothing', async () => {
    const order = validOrder();
    const { phone: _phone, ...customer } = order['customer'] as { phone: string };
    const { body } = await shop.post('/v1/orders', { ...order, customer });
    const reply = await shop.post('/v1/opt-outs', { contact: body.contact, source: 'agent' });
    expect([reply.status, reply.body.errors[0].pointer]).toEqual([422, '/contact']);
  });
});

describe('contacts', () => {
  it('are one person per number, with all orders', async () => {
    const phone = '+39 347 555 0004';
    const first = await place({ id: 'a', phone });
    const second = await place({ id: 'b', phone });
    expect(second.contact).toBe(first.contact);
    expect(new Set((await view(first.contact)).orders)).toEqual(new Set([first.id, second.id]));
  });

  it('are one person when two orders of a new customer come at the same moment', async () => {
    const phone = '+39 347 555 0005';
    const placed = await Promise.all(Array.from({ length: 8 }, () => place({ phone })));
    expect(new Set(placed.map(({ contact }) => contact)).size).toBe(1);
  });
});

describe('cases', () => {
  const by = { actor: 'ada', reason: 'called the customer' };

  it('are listed by page while they are open, with and without an order, to their brand only', async () => {
    const { id: order, contact } = await place();
    const about = { brand: 'bottega', contact, at: ORDER_TIME, byWorkflow: false } as const;
    const one = await openCase(shop.db, { ...about, order, kind: 'question', cause: 'listed' });
    const noOrder = { ...about, order: null, kind: 'wrong_person', cause: 'listed', holdsPromotions: true } as const;
    const two = await openCase(shop.db, noOrder);
    const first = await shop.get('/v1/cases?open=true&limit=1');
    const openedAt = new Date(ORDER_TIME).toISOString();
    const second = { id: String(two), kind: 'wrong_person', contact, order: null, holdsPromotions: true };
    expect(first.body).toEqual({ cases: [{ ...second, openedAt, closedAt: null }], next: String(two) });
    expect((await shop.get(`/v1/cases?limit=1&after=${two}`)).body.cases).toMatchObject([{ id: String(one), order }]);
    await shop.post(`/v1/cases/${two}/close`, by);
    expect((await shop.get('/v1/cases?limit=1')).body.cases).toMatchObject([{ id: String(one) }]);
    expect((await shop.get('/v1/cases?open=false&limit=1')).body.cases).toMatchObject([{ id: String(two) }]);
    expect((await shop.get('/v1/cases', shop.strangersKey)).body.cases).toEqual([]);
  });

  it('of a person, such as "this was not me", are shown with the person and in the timelines of the orders that they hold offers of', async () => {
    const phone = '+39 347 555 0009';
    const before = await place({ id: 'before', phone });
    const { contact } = before;
    const stranger = await place();
    const openedAt = ORDER_TIME + 60_000;
    const about = { brand: 'bottega', contact, order: null, at: openedAt, byWorkflow: false } as const;
    const opened = { ...about, kind: 'wrong_person', cause: 'link:1:0', holdsPromotions: true } as const;
    const id = String(await openCase(shop.db, opened));
    await openCase(shop.db, { ...about, kind: 'question', cause: 'of no order' });
    expect((await view(contact)).cases.map(({ kind }: { kind: string }) => kind)).toEqual(['question', 'wrong_person']);
    expect((await view(contact)).cases[1]).toMatchObject({ id, order: null, holdsPromotions: true });
    const casesOf = async (order: string) =>
      (await shop.get(`/v1/orders/${order}`)).body.timeline
        .filter(({ what }: { what: string }) => what.startsWith('case_'))
        .map((entry: { what: string; kind: string; case: string }) => [entry.what, entry.kind, entry.case]);
    expect(await casesOf(before.id)).toEqual([['case_opened', 'wrong_person', id]]);
    expect([await casesOf(stranger.id), (await view(stranger.contact)).cases]).toEqual([[], []]);
    shop.clock.at = openedAt + 60_000;
    await shop.post(`/v1/cases/${id}/close`, by);
    shop.clock.at += 60_000;
    const after = await place({ id: 'after', phone }, { placedAt: new Date(shop.clock.at).toISOString() });
    shop.clock.at = ORDER_TIME;
    expect(after.contact).toBe(contact);
    expect((await casesOf(before.id)).map(([what]: [string]) => what)).toEqual(['case_opened', 'case_closed']);
    expect(await casesOf(after.id)).toEqual([]);
    expect((await view(contact)).cases).toHaveLength(1);
  });

  it('that are open are counted by kind', async () => {
    const count = async (): Promise<number> => {
      const { body } = await shop.ops('/metrics');
      return Number(/dopo_cases_open\{kind="low_rating"\} (\d+)/.exec(String(body))?.[1] ?? 0);
    };
    const { contact } = await place();
    const about = { brand: 'bottega', contact, order: null, kind: 'low_rating', cause: 'counted' } as const;
    const id = await openCase(shop.db, { ...about, at: ORDER_TIME, byWorkflow: false });
    expect(await count()).toBe(1);
    await shop.post(`/v1/cases/${id}/close`, by);
    expect(await count()).toBe(0);
  });

  it('are never closed without an actor and a reason', async () => {
    const { contact } = await place();
    const about = { brand: 'bottega', contact, order: null, kind: 'wrong_person', cause: 'unnamed' } as const;
    const id = await openCase(shop.db, { ...about, at: ORDER_TIME, byWorkflow: false });
    expect((await shop.post(`/v1/cases/${id}/close`, {})).status).toBe(422);
    expect(await shop.db('cases').where({ id }).first('closed_at')).toEqual({ closed_at: null });
  });

  it('are closed once, and the order is told', async () => {
    const { id: order, contact } = await place();
    const about = { brand: 'bottega', contact, order, kind: 'question', cause: 'test', at: ORDER_TIME } as const;
    const id = await openCase(shop.db, { ...about, byWorkflow: false });
    expect((await shop.post(`/v1/cases/${id}/close`, by)).body).toEqual({ id: String(id), status: 'closed' });
    expect((await shop.post(`/v1/cases/${id}/close`, by)).body).toEqual({ id: String(id), status: 'already_closed' });
    const facts = await shop.db('inbox').where({ order_id: order }).orderBy('id').pluck('type');
    expect(facts).toEqual(['order_placed', 'case_opened', 'case_closed']);
  });

  it.each(['0', '99', 'x', '99999999999999999999'])('%s is not found', async (id) => {
    expect((await shop.post(`/v1/cases/${id}/close`, by)).status).toBe(404);
  });
});
