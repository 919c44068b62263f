import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyLedger } from '../../../db/consent/consent-ledger.ts';
import { maskPhone } from '../../../domain/contacts/phone.ts';
import { HOUR } from '../../../domain/time/duration.ts';
import type { MessageKind } from '../../../domain/sending/message.ts';
import type { Shop } from '../../api/shop.ts';
import { openShop, validBrand } from '../../api/shop.ts';
import type { PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, consentTo, placedOrder } from '../../helpers/ledger.ts';
import { mayGet } from '../../helpers/may-get.ts';
import type { Visitor } from './visitor.ts';
import { visitorOf } from './visitor.ts';

let shop: Shop;
let order: PlacedOrder;
let visitor: Visitor;
beforeAll(async () => {
  shop = await openShop();
});
beforeEach(async () => {
  shop.clock.at = NOON;
  order = await placedOrder(shop.db, {}, validBrand());
  visitor = await visitorOf(shop, order.contact);
});
afterAll(() => shop.close());

const preferences = (contact = order.contact) => shop.db('preferences').where({ contact_id: contact }).first();
const consents = (contact = order.contact) =>
  shop.db('consents').where({ contact_id: contact }).whereNot({ source: 'checkout' }).orderBy('id');
const audit = async () =>
  shop.db('audit_log').where({ subject_kind: 'contact', subject_id: order.contact }).orderBy('id');
const version = async () => (await shop.db('contacts').where({ id: order.contact }).first('gate_version')).gate_version;
const gets = (kind: MessageKind): Promise<string> => mayGet(shop.db, order, kind, shop.clock.at);

describe('saving', () => {
  it('topics, frequency and a pause count for the next message, and are on record as of the customer', async () => {
    expect(await gets('care_tips')).toBe('send');
    const before = await version();
    const reply = await visitor.send('save', {
      topics: ['feedback', 'reviews', 'offers'],
      perWeek: '1',
      pausedUntil: '2026-03-06',
    });
    expect([reply.status, reply.headers.get('location')]).toEqual([303, `${visitor.link}?lang=it&done=saved`]);
    expect(await preferences()).toMatchObject({
      brand_id: 'bottega',
      topics_off: ['tips'],
      channels_off: [],
      most_per_week: 1,
      paused_until: new Date('2026-03-06T00:00:00+01:00'),
    });
    expect(await version()).toBeGreaterThan(before);
    expect([await gets('care_tips'), await gets('rating_request'), await gets('shipped')]).toEqual([
      'topic_off',
      'paused_by_customer',
      'send',
    ]);
    expect(await audit()).toMatchObject([
      {
        actor: 'customer',
        action: 'change_preferences',
        before: { topicsOff: [], mostPerWeek: null, pausedUntil: null },
        after: { topicsOff: ['tips'], mostPerWeek: 1, pausedUntil: '2026-03-05T23:00:00.000Z' },
      },
    ]);
    expect(await consents()).toEqual([]);
    expect((await visitor.open('?done=saved')).page).toContain('Salvato.');
  });

  it('a page as it was changes nothing and says so', async () => {
    const before = await version();
    expect((await visitor.send('save')).headers.get('location')).toContain('done=unchanged');
    expect([await version(), await preferences(), await audit()]).toEqual([before, undefined, []]);
  });

  it('switching off everything that sells withdraws the consent, in the words of the page', async () => {
    await visitor.send('save', { topics: ['tips', 'feedback'] });
    expect(await consents()).toMatchObject([
      { class: 'promotional', action: 'withdrawn', source: 'page', actor: 'customer', locale: 'it' },
    ]);
    expect([await gets('bundle_offer'), await gets('rating_request')]).toEqual(['no_consent', 'send']);
  });

  it('switching on is a written consent with the exact words beside the box, for that topic alone', async () => {
    const stranger = await placedOrder(shop.db, { customer: { consents: [] } }, validBrand());
    const quiet = await visitorOf(shop, stranger.contact);
    const { page } = await quiet.open('?lang=en');
    expect(page).not.toMatch(/value="offers"\s+checked/);
    await quiet.send('save', { topics: ['tips', 'offers'], lang: 'en' }, { page });
    const [given, ...more] = await consents(stranger.contact);
    expect(more).toEqual([]);
    expect(given).toMatchObject({
      class: 'promotional',
      action: 'granted',
      basis: 'express_written',
      source: 'page',
      locale: 'en',
    });
    const [title = ''] = given.wording.split('. ', 1);
    const seen = page.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
    expect(seen).toContain(`${title} ${given.wording.slice(title.length + 2)}`);
    expect((await preferences(stranger.contact)).topics_off).toEqual(['reviews']);
    expect(await verifyLedger(shop.db, 'bottega')).toMatchObject({ broken: [] });
    const { evidence } = await shop.db('consent_evidence').where({ contact_id: stranger.contact }).first('evidence');
    expect(JSON.stringify(evidence)).not.toContain(quiet.link);
  });

  it('two pages that were open at once do not undo each other, and the old one gives no consent', async () => {
    const old = (await visitor.open()).page;
    await visitor.send('save', { topics: [] });
    await visitor.send('save', { perWeek: '2' }, { page: old });
    expect(await preferences()).toMatchObject({
      topics_off: ['tips', 'feedback', 'reviews', 'offers'],
      most_per_week: 2,
    });
    expect((await consents()).map(({ action }) => action)).toEqual(['withdrawn', 'withdrawn']);
  });

  it('"only news of my orders" is one button', async () => {
    const quiet = await placedOrder(shop.db, { customer: { consents: [consentTo('promotional')] } }, validBrand());
    order = quiet;
    await (await visitorOf(shop, quiet.contact)).send('only_orders');
    expect(await Promise.all([gets('care_tips'), gets('bundle_offer'), gets('shipped')])).toEqual([
      'topic_off',
      'no_consent',
      'send',
    ]);
    expect((await consents(quiet.contact)).map((row) => [row.action, row.class])).toEqual([
      ['withdrawn', 'service_feedback'],
      ['withdrawn', 'promotional'],
    ]);
  });

  it("a zone of one's own counts at once, and what a shop says later does not replace it", async () => {
    await visitor.send('save', { zone: 'Asia/Seoul' });
    expect(await shop.db('contacts').where({ id: order.contact }).first('zone', 'zone_chosen')).toEqual({
      zone: 'Asia/Seoul',
      zone_chosen: true,
    });
    expect((await visitor.open('?lang=en')).page).toContain('You chose South Korea – Korean Standard Time (20:00)');
    const { external_id: id } = await shop.db('contacts').where({ id: order.contact }).first('external_id');
    const phone = { e164: order.phone, country: 'IT' };
    await placedOrder(shop.db, { customer: { id, phone, zone: 'Europe/Rome' } }, validBrand());
    expect((await shop.db('contacts').where({ id: order.contact }).first('zone')).zone).toBe('Asia/Seoul');
    await visitor.send('save', { zone: '' });
    expect((await shop.db('contacts').where({ id: order.contact }).first('zone')).zone).toBeNull();
  });

  it.each(['Asia/Calcutta', 'Africa/Asmera', 'Etc/UTC'])(
    'a zone under a name that the list does not have (%s) stays as it is stored',
    async (zone) => {
      await shop.db('contacts').where({ id: order.contact }).update({ zone, zone_chosen: true });
      await visitor.send('save', { topics: ['tips'] });
      expect(await shop.db('contacts').where({ id: order.contact }).first('zone', 'zone_chosen')).toEqual({
        zone,
        zone_chosen: true,
      });
    },
  );

  it.each([
    ['a pause until today', { pausedUntil: '2026-03-03' }, 'pausedUntil'],
    ['a pause of more than a year', { pausedUntil: '2027-03-04' }, 'pausedUntil'],
    ['a day that is none', { pausedUntil: '2026-02-30' }, 'pausedUntil'],
    ['nonsense for a day', { pausedUntil: 'soon' }, 'pausedUntil'],
    ['a topic that is none', { topics: ['orders'] }, 'topics'],
    ['a frequency that is not offered', { perWeek: '50' }, 'perWeek'],
    ['a zone that is none', { zone: 'Europe/Atlantis' }, 'zone'],
    ['no channel at all', { channels: null }, 'channels'],
  ])('%s is refused, told at the top of the page, and nothing is stored', async (_name, changes, field) => {
    const reply = await visitor.send('save', { topics: ['tips'], lang: 'en', ...changes });
    expect([reply.status, reply.page.includes(`href="#${field}"`)]).toEqual([422, true]);
    expect(reply.page).toContain('<title>Error: ');
    if (field !== 'topics') expect(reply.page).toMatch(/value="tips"\s+checked/);
    expect([await preferences(), await audit()]).toEqual([undefined, []]);
  });

  it('the last day of a year is a pause that is taken', async () => {
    expect((await visitor.send('save', { pausedUntil: '2027-03-03' })).status).toBe(303);
  });

  it('channels can be chosen where the brand has an agent, and one has to be left', async () => {
    const brand = validBrand({ channels: { rcs: { sender: 'BottegaSole' } } });
    await shop
      .db('brands')
      .where({ id: 'bottega' })
      .update({ settings: JSON.stringify(brand) });
    try {
      expect((await visitor.send('save', { channels: null })).status).toBe(422);
      expect((await visitor.send('save', { channels: ['sms'] })).status).toBe(303);
      expect((await preferences()).channels_off).toEqual(['rcs']);
    } finally {
      await shop
        .db('brands')
        .where({ id: 'bottega' })
        .update({ settings: JSON.stringify(validBrand()) });
    }
  });
});

describe('a consent that has to be confirmed over the number', () => {
  it('is shown as waiting, and counts once the page is answered that the link of a message has opened', async () => {
    const phone = { e164: '+4915123456789', country: 'DE' };
    order = await placedOrder(shop.db, { customer: { phone, consents: [] }, place: { country: 'DE' } }, validBrand());
    const german = await visitorOf(shop, order.contact);
    expect((await german.open()).page).not.toContain('value="confirm"');
    await german.send('save', { topics: ['tips', 'offers'], lang: 'en' });
    expect(await gets('bundle_offer')).toBe('not_confirmed');
    const { page } = await german.open('?lang=en');
    expect(page).toMatch(/value="offers"\s+checked/);
    expect(page).toContain('Not confirmed yet.');
    shop.clock.at += HOUR;
    expect((await german.send('confirm')).headers.get('location')).toContain('done=confirmed');
    expect(await gets('bundle_offer')).toBe('send');
    expect((await german.open()).page).not.toContain('value="confirm"');
    expect((await audit()).at(-1)).toMatchObject({
      actor: 'customer',
      action: 'record_consent',
      after: { confirmed: 1 },
    });
  });
});

describe('stopping everything', () => {
  it('counts at once, shows how to come back, and resuming gives back what there was', async () => {
    const stopped = await visitor.send('stop', { lang: 'en' });
    expect([stopped.status, await gets('shipped')]).toEqual([200, 'opted_out']);
    expect(stopped.page).toContain('Bottega Sole will not message you from now on');
    expect(stopped.page).toContain('reply START');
    // HELP gets a link that works.
    const back = await visitorOf(shop, order.contact);
    const { page } = await back.open('?lang=en');
    expect(page).toContain('Bottega Sole will not message you from now on');
    expect(page).not.toContain('name="topics"');
    expect((await back.send('resume')).headers.get('location')).toContain('done=resumed');
    expect(await Promise.all([gets('shipped'), gets('bundle_offer')])).toEqual(['send', 'send']);
    expect((await audit()).map(({ action, actor, after }) => [action, actor, after])).toEqual([
      ['stop_messages', 'customer', { state: 'stopped', by: 'page', number: maskPhone(order.phone) }],
      [
        'lift_stop',
        'customer',
        { state: 'lifted', by: 'page', number: maskPhone(order.phone), renewed: ['service_feedback', 'promotional'] },
      ],
    ]);
  });

  it('resuming renews the consents that there were before it, in the words in which they were given', async () => {
    await visitor.send('stop');
    shop.clock.at += HOUR;
    await (await visitorOf(shop, order.contact)).send('resume');
    const renewed = (await consents()).map(({ class: name, action, wording, actor, occurred_at }) => {
      return [name, action, wording, actor, occurred_at.getTime()];
    });
    const { wording } = consentTo('promotional');
    expect(new Set(renewed)).toEqual(
      new Set([
        ['promotional', 'reconfirmed', wording, 'customer', NOON + HOUR],
        ['service_feedback', 'reconfirmed', wording, 'customer', NOON + HOUR],
      ]),
    );
  });

  it('twice stops once', async () => {
    const { page } = await visitor.open();
    await visitor.send('stop', {}, { page });
    expect((await visitor.send('stop', {}, { page })).status).toBe(200);
    expect(await audit()).toHaveLength(1);
    const again = await (await visitorOf(shop, order.contact)).send('stop', {}, { page });
    expect([again.status, (await audit()).length]).toEqual([403, 1]);
  });

  it('says where the way back is to a person who cannot reply to a sender with a name', async () => {
    const brand = validBrand({ sender: 'Bottega' });
    await shop
      .db('brands')
      .where({ id: 'bottega' })
      .update({ settings: JSON.stringify(brand) });
    const { page } = await visitor.send('stop', { lang: 'en' });
    await shop
      .db('brands')
      .where({ id: 'bottega' })
      .update({ settings: JSON.stringify(validBrand()) });
    expect(page).toContain('ask Bottega Sole: https://sole.example/aiuto');
    expect(page).not.toContain('START');
  });

  it('resuming gives no consent to a person who had none', async () => {
    await visitor.send('only_orders');
    await visitor.send('stop');
    await (await visitorOf(shop, order.contact)).send('resume');
    expect(await gets('bundle_offer')).toBe('no_consent');
  });
});
