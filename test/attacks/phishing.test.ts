/** Words that a stranger types at a checkout, or that a carrier's feed holds, never become a text that misleads its reader. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRenderMessage } from '../../activities/render-message.ts';
import { contentHash } from '../../api/http/json.ts';
import { storeEvent } from '../../commands/orders/report-event.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import { loadTemplates } from '../../templates/load.ts';
import type { Sending } from '../activities/send/sending.ts';
import { rules, startSending } from '../activities/send/sending.ts';
import type { Shop } from '../api/shop.ts';
import { openShop, validBrand } from '../api/shop.ts';
import { NOON, brand, placedOrder, planned } from '../helpers/ledger.ts';
import { consent, validEvent, validOrder } from '../helpers/orders.ts';
import { storeOf } from '../helpers/keys.ts';

let stage: Sending;
let shop: Shop;
beforeAll(async () => {
  [stage, shop] = await Promise.all([startSending(), openShop()]);
});
afterAll(() => Promise.all([stage.close(), shop.close()]));

const templates = loadTemplates();
const READS_ENGLISH = { locale: 'en' } as const;

/** The text of a message about an order, or why there is none. */
async function textOf(
  overrides: Parameters<typeof placedOrder>[1],
  kind: 'order_confirmation' | 'shipped' | 'care_tips',
  { parcel, of }: { parcel?: object; of?: Brand } = {},
): Promise<unknown> {
  const order = await placedOrder(stage.db, overrides, of);
  if (parcel) {
    const event = {
      brand: order.brand,
      order: order.order,
      source: 'api',
      id: 'e1',
      type: 'parcel_shipped',
      at: NOON,
    } as const;
    const known = { id: 'p1', ...parcel };
    await storeEvent(storeOf(stage.db), {
      ...event,
      payload: { parcel: 'p1' },
      parcel: known,
      requestHash: contentHash(known),
      now: NOON,
    });
  }
  const message = await planned(stage.db, order, { kind, ...(parcel && { occurrence: 'p1' }) });
  const render = createRenderMessage({ db: stage.db, templates, rules });
  const rendered = await render({ message, kind, zones: ['Europe/London'], asOf: NOON });
  const { body } = await stage.db('messages').where({ id: message }).first('body');
  return rendered.kind === 'rendered' ? body : rendered;
}

describe("a text to a stranger's number never repeats a name that is a link, a number to call or markup:", () => {
  it.each(['evil.de', 'goo.gl', '1.2.3.4', 'evil。com', 'Call 0906123456', 'PIN 1234', 'www evil', 'Jo:', '<b>'])(
    '%s',
    async (firstName) => {
      const text = await textOf({ customer: { firstName, ...READS_ENGLISH } }, 'order_confirmation');
      const shown = firstName === 'www evil' ? 'thank you, www evil!' : 'thank you!';
      expect(text).toContain(`Bottega Sole: ${shown}`);
    },
  );
});

describe('a name never says', () => {
  it.each([
    ['a link in letters that look like dots and slashes', 'httpsꓽノノevilꓸcomノx'],
    ['a host in letters that look like dots', 'evilꓸcom'],
    ['dots alone', 'ꓸꓸꓸ'],
    ['a number in letters of three scripts', 'OՑOᏮlᒿƷᏎ'],
    ['a word of two scripts', 'evilノ'],
    ['a colon that counts as a letter', 'Callː'],
    ['nothing at all', '\u3164'],
  ])('%s', async (_what, firstName) => {
    const text = await textOf({ customer: { firstName, ...READS_ENGLISH } }, 'order_confirmation');
    expect(text).toContain('Bottega Sole: thank you!');
  });
});

describe('an order or a parcel never brings a link or a number to call into a text', () => {
  it('by the name of the order', async () => {
    const customer = READS_ENGLISH;
    expect(await textOf({ name: '#1042 evil.de', customer }, 'order_confirmation')).toContain(
      'order #1042 is confirmed',
    );
    expect(await textOf({ name: 'Call 0906 123 456 1', customer }, 'order_confirmation')).toContain(
      'order Call is confirmed',
    );
    expect(await textOf({ name: '100004821733', customer }, 'order_confirmation')).toContain(
      'order 100004821733 is confirmed',
    );
  });

  it('by a name of the order that asks to call it', async () => {
    for (const name of ['Call:0906123456', 'Call-0906123456', 'Callꓽ0906123456', 'Call①②③④⑤⑥⑦']) {
      expect(await textOf({ name, customer: READS_ENGLISH }, 'order_confirmation')).toMatch(
        /order Callꓽ? is confirmed/,
      );
    }
  });

  it.each(['#1042', 'BOT-2026-000123', '1Z999AA101234567'])('but a number of an order stays: %s', async (name) => {
    expect(await textOf({ name, customer: READS_ENGLISH }, 'order_confirmation')).toContain(`order ${name} is`);
  });

  it.each([
    'evil\u034F.com/x',
    'evil\uFE0F.com',
    '💩.la',
    'दुकानी.com',
    'evil.भारत',
    'xn--e1afmkf.xn--p1ai',
    'tel:892424',
    '0\u034F9\u034F06123456',
    '0906+123+456',
    '0️⃣9️⃣0️⃣6️⃣1️⃣2️⃣3️⃣',
    '①②③④⑤⑥⑦',
    '⁰⁹⁰⁶¹²³⁴',
  ])('by a carrier in whose name something hides it: %j', async (carrier) => {
    const text = await textOf({ customer: READS_ENGLISH }, 'shipped', { parcel: { carrier } });
    expect(text).toMatch(/is on its way(?:, due \w+)?\./);
  });

  it('by what a carrier is called', async () => {
    const text = await textOf({ customer: READS_ENGLISH }, 'shipped', { parcel: { carrier: 'goo.gl/x DHL' } });
    expect(text).toContain('DHL');
    expect(text).not.toContain('goo');
  });

  it.each([
    ['of any host', 'https://evil.example/t/1'],
    ['of a host that only begins like one of ours', 'https://sole.example.evil.de/t/1'],
    ['of a host that only ends like one of ours', 'https://notsole.example/t/1'],
    ['that can be changed on its way', 'http://sole.example/t/1'],
    ['with a name before the host', 'https://sole.example@evil.de/t/1'],
    ['that other readers take to another host', 'https://dhl.com\\@evil.com/x'],
    ['without slashes', 'https:brt.it/x'],
    ['with slashes that lean the other way', 'https:\\\\brt.it\\x'],
    ['with a space', 'https://brt.it/x evil.com'],
    ['with a tab', 'https://brt.it/\tx'],
  ])('by a link %s', async (_what, trackingUrl) => {
    const text = await textOf({ customer: READS_ENGLISH }, 'shipped', { parcel: { carrier: 'DHL', trackingUrl } });
    expect(text).toContain('DHL');
    expect(text).not.toContain('://');
  });

  it.each([
    'https://sole.example/t/1',
    'https://www.sole.example/t/1',
    'https://vas.brt.it/t/1',
    'https://www.dhl.com/t/1',
  ])('but by one of the brand or a carrier: %s', async (trackingUrl) => {
    const text = await textOf({ customer: READS_ENGLISH }, 'shipped', { parcel: { carrier: 'DHL', trackingUrl } });
    expect(text).toContain(trackingUrl);
  });
});

/** With these consents an order has no note about them. */
const AGREED = { consents: ['promotional', 'service_feedback'].map((one) => consent({ class: one })) };

describe('a shop is told at once which links will be left out', () => {
  it('of an order and of a parcel, and both are taken', async () => {
    const placedOrder = await shop.post(
      '/v1/orders',
      validOrder({ statusUrl: 'http://sole.example/o/1', customer: AGREED }),
    );
    expect(placedOrder).toMatchObject({
      status: 202,
      body: { status: 'accepted', notes: [{ pointer: '/statusUrl', detail: expect.stringContaining('https') }] },
    });
    const twofold = await shop.post(
      '/v1/orders',
      validOrder({ id: 'x', statusUrl: 'https://dhl.com\\@evil.com/x', customer: AGREED }),
    );
    expect(twofold.body.notes).toMatchObject([{ pointer: '/statusUrl', detail: expect.stringContaining('https') }]);
    const event = validEvent({ type: 'parcel_shipped', parcel: { id: 'p1', trackingUrl: 'https://goo.gl/x' } });
    expect(await shop.post(`/v1/orders/${placedOrder.body.id}/events`, event)).toMatchObject({
      status: 202,
      body: {
        status: 'accepted',
        notes: [{ pointer: '/parcel/trackingUrl', detail: expect.stringContaining('linkHosts') }],
      },
    });
    expect(JSON.stringify(shop.logged)).not.toContain('goo.gl');
  });

  it('and of nothing when they are all right', async () => {
    const { links } = validBrand();
    const order = validOrder({ id: 'right', statusUrl: `${links.shop}/o/1`, customer: AGREED });
    expect((await shop.post('/v1/orders', order)).body).not.toHaveProperty('notes');
  });
});

describe('two languages never stand in one text', () => {
  const items = [{ sku: 'MOKA-3', title: 'Moka', quantity: 1, priceMinor: 900 }];
  const products = [{ match: ['MOKA-3'], cycle: 'long', careTip: 'lavala solo con acqua' }] as const;
  const inItalianOnly = { ...brand, products };

  it('a tip that the shop has in Italian only is not sent to a person who reads English', async () => {
    expect(await textOf({ items, customer: READS_ENGLISH }, 'care_tips', { of: inItalianOnly })).toEqual({
      kind: 'no_text_in_language',
      placeholder: 'item.careTip',
    });
    const decisions = await stage.db('decisions').where({ reason: 'no_text_in_language' }).select('outcome', 'rule');
    expect(decisions).toEqual([{ outcome: 'skip', rule: 'placeholder.item.careTip' }]);
  });

  it('and is sent to a person who reads Italian', async () => {
    const text = await textOf({ items, customer: { locale: 'it' } }, 'care_tips', { of: inItalianOnly });
    expect(text).toContain('solo con acqua');
  });
});
