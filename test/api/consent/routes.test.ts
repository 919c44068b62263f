import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findSuppression } from '../../../db/consent/suppressions.ts';
import { MINUTE } from '../../../domain/time/duration.ts';
import { storeOf, tokenOf } from '../../helpers/keys.ts';
import { ORDER_TIME, consent, validOrder } from '../../helpers/orders.ts';
import type { Shop } from '../shop.ts';
import { openShop } from '../shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const iso = (at: number): string => new Date(at).toISOString();
const place = async (customer: object = {}): Promise<string> =>
  (await shop.post('/v1/orders', validOrder({ customer: { ...customer } }))).body.contact;
const ledger = async (contact: string) => (await shop.get(`/v1/contacts/${contact}/consents`)).body;
const record = (contact: string, body: object) => shop.post(`/v1/contacts/${contact}/consents`, body);

describe('the ledger of a contact', () => {
  it('shows every entry with its proof, their sum, and that none was changed', async () => {
    const contact = await place();
    const evidence = { ip: '192.0.2.7', userAgent: 'Mozilla/5.0', url: 'https://sole.example/cassa', note: 'box 2' };
    const expiresAt = iso(ORDER_TIME + 365 * 24 * 60 * MINUTE);
    await record(contact, consent({ basis: 'express_written', locale: 'it', evidence, expiresAt }));
    await record(contact, consent({ night: true }));
    const { body } = await shop.get(`/v1/contacts/${contact}/consents`);
    expect(body).toMatchObject({
      contact,
      entries: [
        { seq: 1, action: 'granted', basis: 'express_written', locale: 'it', evidence, expiresAt, actor: 'test' },
        { seq: 2, action: 'granted', basis: 'express', night: true },
      ],
      inForce: {
        day: { promotional: { state: 'granted', basis: 'express_written', ref: body.entries[0].id, expiresAt } },
        night: { promotional: { state: 'granted', basis: 'express' } },
      },
      chain: { kind: 'intact', entries: 2 },
    });
  });

  it('names the entry that was changed by hand', async () => {
    const contact = await place();
    await record(contact, consent());
    await shop.owner.transaction(async (trx) => {
      await trx.raw("set local session_replication_role = 'replica'");
      await trx('consents').where({ contact_id: contact }).update({ wording: 'Yes to everything.' });
    });
    expect((await ledger(contact)).chain).toEqual({ kind: 'broken', seq: 1, flaw: 'altered' });
  });

  it('of an unknown contact, or of another brand’s, is not found', async () => {
    const contact = await place();
    const path = `/v1/contacts/${contact}/consents`;
    expect((await shop.get(path, shop.strangersKey)).status).toBe(404);
    expect((await shop.get('/v1/contacts/00000000-0000-4000-8000-000000000000/consents')).status).toBe(404);
  });

  it('keeps the consent of an order as one in words, and one ticked beside words on record as written', async () => {
    const given = consent({ basis: 'express_written', at: iso(ORDER_TIME) });
    expect(
      (await ledger(await place({ consents: [given, consent({ class: 'service_feedback' })] }))).inForce.day,
    ).toMatchObject({
      promotional: { basis: 'express_written' },
      service_feedback: { basis: 'express' },
    });
  });
});

describe('a consent', () => {
  it.each([
    ['dated in the future', { at: iso(ORDER_TIME + 6 * MINUTE) }, '/at'],
    ['dated before there were texts', { at: '1999-12-31T00:00:00Z' }, '/at'],
    ['that ends before it begins', { expiresAt: iso(ORDER_TIME - MINUTE) }, '/expiresAt'],
    ['on a basis that is none', { basis: 'legitimate_interest' }, '/basis'],
    ['that Dopo alone can record', { action: 'confirmed' }, '/action'],
    ['with the former word for what it does', { state: 'granted' }, '/state'],
    ['with evidence as mere text', { evidence: 'form 7' }, '/evidence'],
    ['with evidence of an address that is none', { evidence: { ip: 'localhost' } }, '/evidence/ip'],
  ])('%s is refused, and nothing is recorded', async (_name, overrides, pointer) => {
    const contact = await place();
    const reply = await record(contact, consent(overrides));
    expect([reply.status, reply.body.errors[0].pointer]).toEqual([422, pointer]);
    expect((await ledger(contact)).entries).toEqual([]);
  });

  it('from a clock a little ahead counts from now: no withdrawal can come before it', async () => {
    const contact = await place();
    await record(contact, consent({ at: iso(ORDER_TIME + 2 * MINUTE) }));
    expect((await ledger(contact)).entries[0].occurredAt).toBe(iso(ORDER_TIME));
    const late = await place({ consents: [consent({ at: iso(ORDER_TIME + 60 * MINUTE) })] });
    expect((await ledger(late)).entries[0].occurredAt).toBe(iso(ORDER_TIME));
  });

  it('is in the audit log, with who recorded it', async () => {
    const contact = await place();
    await record(contact, consent());
    const { entries } = (await shop.get(`/v1/audit?subject=contact:${contact}`)).body;
    expect(entries).toMatchObject([{ actor: 'test', action: 'record_consent', after: { class: 'promotional' } }]);
  });
});

describe('an import of consents', () => {
  const line = (overrides: object = {}): object => ({
    ...consent(),
    address: '347 555 1001',
    evidence: { note: 'list of 2025' },
    ...overrides,
  });
  const run = async (...lines: object[]) => shop.post('/v1/consents/import', { lines });

  it('answers every line, and one that is refused keeps no other from being recorded', async () => {
    await shop.post('/v1/opt-outs', { address: '+393475551009', source: 'letter' });
    const { status, body } = await run(
      line(),
      line(),
      line({ address: '020 7946 0958', country: 'GB' }),
      line({ address: '+39 347 555 1009' }),
      line({ address: '+39 347 555 1002', at: iso(ORDER_TIME + 60 * MINUTE) }),
      line({ address: '+39 347 555 1002', evidence: undefined }),
      line({ address: '+39 347 555 1002', class: 'everything' }),
    );
    expect(status).toBe(200);
    expect(body.results.map(({ status: said, why }: { status: string; why?: string }) => why ?? said)).toEqual([
      'recorded',
      'duplicate',
      'not_textable: fixed_line',
      'suppressed',
      'in_the_future',
      'no_proof',
      'unknown_class',
    ]);
    expect(await ledger(body.results[0].contact)).toMatchObject({ entries: [{ actor: 'test', source: 'checkout' }] });
  });

  it.each([
    ['no line', []],
    ['more than 1000 lines', Array.from({ length: 1001 }, () => line())],
    ['a line without words', [line({ wording: '' })]],
  ])('of %s is refused', async (_name, lines) => {
    expect((await run(...lines)).status).toBe(422);
  });

  it('never lifts a STOP, however often it is run', async () => {
    const phone = '+393475551010';
    await place({ phone });
    await shop.post('/v1/opt-outs', { address: phone, source: 'agent' });
    for (let round = 0; round < 2; round += 1)
      expect((await run(line({ address: phone }))).body.results[0].why).toBe('suppressed');
    const [stop] = await shop.db('suppressions').where({ token: tokenOf('bottega', phone) });
    expect(stop.state).toBe('stopped');
  });
});

describe('opt-outs', () => {
  const stopsOf = (address: string) => shop.db('suppressions').where({ token: tokenOf('bottega', address) });

  it('are kept without the number, and count on every channel', async () => {
    await shop.post('/v1/opt-outs', { address: '+39 347 555 2001', source: 'letter' });
    expect(JSON.stringify(await shop.db('suppressions'))).not.toContain('3475552001');
    expect(await stopsOf('+393475552001')).toMatchObject([{ state: 'stopped', source: 'letter' }]);
  });

  it('of a number that is stopped already do no harm', async () => {
    for (let round = 0; round < 2; round += 1) {
      const reply = await shop.post('/v1/opt-outs', { address: '+393475552002', source: 'letter' });
      expect([reply.status, reply.body]).toEqual([201, { addresses: ['+393475552002'], state: 'stopped' }]);
    }
  });

  it('of a number without + are read with the country given, else with that of the brand', async () => {
    const british = await shop.post('/v1/opt-outs', { address: '07400 123456', country: 'GB', source: 'letter' });
    expect(british.body.addresses).toEqual(['+447400123456']);
    const italian = await shop.post('/v1/opt-outs', { address: '347 555 2003', source: 'letter' });
    expect(italian.body.addresses).toEqual(['+393475552003']);
  });

  it('come in lists too: every line is answered', async () => {
    const { status, body } = await shop.post('/v1/opt-outs/import', {
      lines: [
        { address: '347 555 2004', source: '080' },
        { address: '07400 123456', country: 'GB', source: '080' },
        { address: '12', source: '080' },
        { address: '347 555 2005', source: '080', at: iso(ORDER_TIME + 48 * 60 * MINUTE) },
      ],
    });
    expect([status, body.results]).toEqual([
      200,
      [
        { status: 'stopped' },
        { status: 'stopped' },
        { status: 'refused', why: 'not_textable: wrong_length' },
        { status: 'refused', why: 'in_the_future' },
      ],
    ]);
    expect(await stopsOf('+393475552004')).toHaveLength(1);
  });

  it('of one number on several lines of a list are one stop, of the latest moment that they name', async () => {
    const [early, late] = [iso(ORDER_TIME - 3 * 60 * MINUTE), iso(ORDER_TIME - 60 * MINUTE)];
    const lines = [
      { address: '347 555 2007', source: 'list', at: late },
      { address: '+39 347 5552007', source: 'list', at: early },
      { address: '0039 347 555 2007', source: 'list', at: late },
    ];
    const before = await shop.db('audit_log').where({ action: 'stop_messages' }).count<{ count: number }[]>();
    expect((await shop.post('/v1/opt-outs/import', { lines })).body.results).toEqual(
      lines.map(() => ({ status: 'stopped' })),
    );
    const after = await shop.db('audit_log').where({ action: 'stop_messages' }).count<{ count: number }[]>();
    expect((await stopsOf('+393475552007')).map((stop) => stop.occurred_at.toISOString())).toEqual([
      new Date(late).toISOString(),
    ]);
    expect(Number(after[0]?.count) - Number(before[0]?.count)).toBe(1);
  });

  it('of a list that is sent again stop a number again whose customer has sent START since, unless the lines say when', async () => {
    const [address, dated] = ['+393475552008', '+393475552009'];
    const said = iso(ORDER_TIME - 60 * MINUTE);
    const lines = [
      { address, source: 'list' },
      { address: dated, source: 'list', at: said },
    ];
    await shop.post('/v1/opt-outs/import', { lines });
    for (const number of [address, dated])
      await shop.webhook('inbound', {
        message_uuid: `6aa73f4e-0000-4000-8000-${number.slice(-12)}`,
        from: number.slice(1),
        to: '393399957001',
        channel: 'sms',
        message_type: 'text',
        text: 'START',
        timestamp: iso(ORDER_TIME),
      });
    shop.clock.at += MINUTE;
    await shop.post('/v1/opt-outs/import', { lines });
    shop.clock.at -= MINUTE;
    const stands = async (number: string) => findSuppression(storeOf(shop.db), 'bottega', number);
    expect(await stands(address)).toMatchObject({ byShop: true });
    expect(await stands(dated)).toBeUndefined();
  });

  it('are in the audit log without the number', async () => {
    shop.clock.at += 2 * MINUTE;
    await shop.post('/v1/opt-outs', { address: '+393475552006', source: 'letter' });
    const { body } = await shop.get('/v1/audit?action=stop_messages');
    expect(body.entries[0]).toMatchObject({ actor: 'test', subject: { kind: 'address', id: '+39…06' } });
    expect(JSON.stringify(body)).not.toContain('3475552006');
  });
});
