import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Locale } from '../../domain/sending/message.ts';
import { LOCALES, MESSAGE_KINDS, isMessageKind } from '../../domain/sending/message.ts';
import type { MessageContext } from '../../domain/text/message-context.ts';
import { measureSms } from '../../domain/text/segments.ts';
import { holdsLink, cleanReference, cleanReported, usableUrl } from '../../templates/clean/calls.ts';
import { cleanName } from '../../templates/clean/name.ts';
import { LEADING_ON, cleanText } from '../../templates/clean/text.ts';
import { loadTemplates } from '../../templates/load.ts';
import { renderText } from '../../templates/render.ts';
import { TONES } from '../../templates/schema.ts';
import { TEXT_TIME, fullContext, inEvery, minimalContext } from './contexts.ts';
import { casesOf } from '../helpers/whole.ts';

const templates = loadTemplates();
const KINDS = Object.keys(MESSAGE_KINDS).filter(isMessageKind);

function confirmationFor(firstName: string, changes: Partial<MessageContext> = {}): string {
  const { contact } = minimalContext();
  const context = minimalContext({ contact: { ...contact, firstName }, locale: 'en', ...changes });
  const rendered = renderText(templates, 'order_confirmation', 'new', context);
  return rendered.kind === 'rendered' ? rendered.text : '';
}

const withName = (name: string): string =>
  `Bottega Sole: thank you, ${name}! Your order 1042 is confirmed and we'll keep you posted.`;
const WITHOUT_NAME = "Bottega Sole: thank you! Your order 1042 is confirmed and we'll keep you posted.";

describe('the name of a customer', () => {
  it.each([
    '{{ brand.name }}',
    '{% if true %}',
    '{{ "x" | default }}',
    '{%',
    '}}',
    '__proto__',
    "'; drop --",
    '<b>Jo</b>',
  ])('is left out when it has signs that are in no name: %s', (name) => {
    expect(confirmationFor(name)).toBe(WITHOUT_NAME);
  });

  it.each([
    'constructor',
    "Anna J. D'Amico-Rossi",
    'J. Martin',
    'J. Smith',
    'J. R.',
    'J.R.',
    'A. B. C',
    'Mr. Smith',
    'St. John',
    'Ma. Teresa',
    'Hans-J. Weber',
    'María José',
    'Müller-Lüdenscheidt',
    "D'Angelo",
    'Jean-Luc',
    'Nguyễn Thị',
    'Đặng',
    '민지',
    '김민수',
    'José',
    'Zoë',
    'Łukasz',
    "O'Brien",
    'Jean-Pierre',
    'Ñ',
    'Ὀδυσσεύς',
    'Ελένη',
    'Олена',
    'मीरा',
    'محمد',
    '山田太郎',
    '佐々木',
    'マリー',
    'สมชาย',
    'መሠረት',
    'ნინო',
    'שרה',
  ])('is printed as it is: %s', (name) => {
    expect(confirmationFor(name)).toContain(`, ${name.slice(0, 14)}`);
  });

  it.each([
    ['a new line', 'Giulia\r\nRossi', 'Giulia Rossi'],
    ['a direction override', 'Giu\u202Elia', 'Giulia'],
    ['zero-width characters', '\u200BGiu\u200Dlia\uFEFF', 'Giulia'],
    ['control characters', 'Giu\u0000lia\u0007', 'Giu lia'],
    ['a lone surrogate', 'Giulia\uD83D', 'Giulia'],
    ['a mark that belongs to nothing', '\u0301Giulia', 'Giulia'],
  ])('loses %s', (_what, name, shown) => {
    expect(confirmationFor(name)).toContain(`thank you, ${shown}`);
    expect(confirmationFor(name)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it.each([
    'https://evil.example/x',
    'visit evil.com now',
    'www.evil',
    'bit.ly/abc',
    'evil.\u200Bcom',
    'ｅｖｉｌ．ｃｏｍ',
    'evil.de',
    'goo.gl',
    '1.2.3.4',
    'evil。com',
    'Call 0906123456',
    'A.B..C',
    'Anna. Rossi',
    'St.John',
    'co.uk',
    '٠٩٠٦',
  ])('is left out when it holds a link, a number, or dots where no initial or abbreviation has one: %s', (name) => {
    expect(confirmationFor(name)).toBe(WITHOUT_NAME);
  });

  it.each(['', '   ', '\u200B', '\n'])('is left out when there is nothing to see: %j', (name) => {
    expect(confirmationFor(name)).toBe(WITHOUT_NAME);
  });

  it('keeps its letters, composed, and loses only typographic signs', () => {
    expect(confirmationFor('Łukasz')).toBe(withName('Łukasz'));
    expect(confirmationFor('Jose\u0301')).toBe(withName('José'));
    expect(confirmationFor('D’Angelo')).toBe(withName("D'Angelo"));
  });

  it('is cut between words when it is long, between characters when it is one word', () => {
    expect(confirmationFor('Maria Antonietta Giuseppina')).toBe(withName('Maria Antonietta'));
    expect(confirmationFor('Wolfeschlegelsteinhausen')).toBe(withName('Wolfeschlegelsteinha'));
  });
});

describe('a link', () => {
  const linkOf = (statusUrl: string): string => {
    const { order } = minimalContext();
    return confirmationFor('Jo', order && { order: { ...order, statusUrl } });
  };

  it('is printed whole or not at all', () => {
    const longest = `https://shop.example/${'a'.repeat(99)}`;
    expect(linkOf(longest)).toMatch(new RegExp(`Follow it here: ${longest}$`));
    expect(linkOf(`${longest}a`)).toBe(withName('Jo'));
  });

  it.each(['javascript:alert(1)', 'ftp://x.example/', 'shop.example/o/1', 'https://', 'https://a:b@shop.example/', ''])(
    'is left out when it is not one for the web: %s',
    (url) => {
      expect(linkOf(url)).toBe(withName('Jo'));
    },
  );

  it('of the brand may be http to this machine itself, where the pages of `npm start` are, and nowhere else', () => {
    expect(usableUrl('http://127.0.0.1:8080/p/x', 64)).toBe('http://127.0.0.1:8080/p/x');
    expect(usableUrl('http://127.0.0.1:8080/p/x', 64, ['127.0.0.1'])).toBeNull();
    expect(usableUrl('http://sole.example/p/x', 64)).toBeNull();
    expect(usableUrl('http://127.0.0.1.evil.de/p/x', 64)).toBeNull();
  });

  it('may lead to a host that is written with its last dot, and to none that only ends alike', () => {
    expect(usableUrl('https://vas.brt.it./t/1', 64, ['brt.it'])).toBe('https://vas.brt.it./t/1');
    expect(usableUrl('https://notbrt.it/t/1', 64, ['brt.it'])).toBeNull();
  });

  it('is written in ASCII, so that it does not make the text UCS-2', () => {
    expect(linkOf('https://città.example/ordine-è')).toMatch(
      /Follow it here: https:\/\/xn--citt-3na\.example\/ordine-%C3%A8$/,
    );
  });

  it('has its length counted as it is printed, not as it was given', () => {
    const accented = 'https://shop.example/è';
    expect(usableUrl(accented, accented.length + 5)).toBe('https://shop.example/%C3%A8');
    expect(usableUrl(accented, accented.length + 4)).toBeNull();
    expect(linkOf(`https://shop.example/${'è'.repeat(16)}`)).toMatch(/Follow it here: https:\S{111}$/);
    expect(linkOf(`https://shop.example/${'è'.repeat(17)}`)).toBe(withName('Jo'));
  });

  it('falls back from the carrier to the order', () => {
    const { order, parcel } = fullContext();
    const context = fullContext({
      ...(order && { order }),
      ...(parcel && { parcel: { ...parcel, trackingUrl: 'none yet' } }),
    });
    expect(renderText(templates, 'shipped', 'loyal', context)).toMatchObject({
      text: expect.stringContaining('https://sole.example/o/1042'),
    });
  });
});

describe('a value that is missing', () => {
  it('is named when the text cannot do without it', () => {
    const { brand, order: _order, ...rest } = minimalContext();
    expect(renderText(templates, 'shipped', 'new', { brand, ...rest })).toEqual({
      kind: 'missing',
      placeholder: 'order.name',
    });
    expect(renderText(templates, 'replenishment', 'new', { brand, ...rest, items: [] })).toEqual({
      kind: 'missing',
      placeholder: 'item.reorderUrl',
    });
    expect(renderText(templates, 'help', 'new', { ...rest, brand: { ...brand, name: ' ' } })).toEqual({
      kind: 'missing',
      placeholder: 'brand.name',
    });
  });

  it('is named also when it is needed inside of a condition', () => {
    const { contact, ...rest } = minimalContext();
    const { tier: _tier, ...withoutTier } = contact;
    expect(renderText(templates, 'loyalty_tier', 'new', { contact: withoutTier, ...rest })).toEqual({
      kind: 'missing',
      placeholder: 'loyalty.tier',
    });
  });

  it('keeps a promotion from going out without a way to refuse it', () => {
    const { brand } = minimalContext();
    const unreachable = { brand: { ...brand, preferencesUrl: 'soon' }, sender: { kind: 'alphanumeric' } } as const;
    expect(renderText(templates, 'replenishment', 'new', minimalContext(unreachable))).toEqual({
      kind: 'refused',
      rule: 'text.opt_out',
    });
  });

  it('is not needed in answers to a person without an order', () => {
    const { order: _order, ...rest } = minimalContext({ items: [] });
    for (const kind of ['help', 'opt_in_confirmed', 'opt_out_confirmed'] as const) {
      for (const locale of LOCALES)
        expect(renderText(templates, kind, 'new', { ...rest, locale }).kind).toBe('rendered');
    }
  });

  it.each([
    ['an amount below zero', { refund: { minor: -100, currency: 'EUR' } }],
    ['an amount beyond belief', { refund: { minor: 1e12, currency: 'EUR' } }],
    ['half a cent', { refund: { minor: 0.5, currency: 'EUR' } }],
    ['a currency that is none', { refund: { minor: 100, currency: 'EURO' } }],
  ])('is what %s counts as', (_what, changes) => {
    const { order } = minimalContext();
    const context = minimalContext({ locale: 'en', ...(order && { order: { ...order, ...changes } }) });
    expect(renderText(templates, 'refund_issued', 'loyal', context)).toMatchObject({
      text: 'Bottega Sole: your refund for order 1042 is on its way.',
    });
  });

  it('is what a date counts as when the zone is unknown', () => {
    expect(
      renderText(templates, 'delivery_delayed', 'loyal', fullContext({ locale: 'en', zone: 'Mars/Olympus' })),
    ).toMatchObject({
      text: "Bottega Sole: sorry, your order #1042 is late. We're on it.",
    });
  });
});

describe('the answer to an opt-in in English', () => {
  it.each([
    ['US', true],
    ['CA', true],
    ['PR', true],
    [undefined, true],
    ['GB', false],
    ['IE', false],
    ['AU', false],
    ['IT', false],
  ])('speaks of data rates to numbers of the US and Canada only: %s', (country, told) => {
    const sender = { kind: 'long_number' as const, ...(country !== undefined && { country }) };
    const rendered = renderText(templates, 'opt_in_confirmed', 'loyal', fullContext({ locale: 'en', sender }));
    const rates = told ? ' Message frequency varies, message and data rates may apply.' : '';
    const varies = `Bottega Sole: you will get our messages again.${rates} Reply HELP for help.`;
    expect(rendered).toMatchObject({ kind: 'rendered', text: expect.stringContaining(varies) });
  });
});

describe('the language', () => {
  it('is English for a customer whose language has no texts', () => {
    const context = minimalContext({ locale: 'fr' as Locale });
    expect(renderText(templates, 'shipped', 'loyal', context)).toMatchObject({
      locale: 'en',
      text: expect.stringContaining('is on its way.'),
    });
    expect(renderText({ en: templates.en }, 'shipped', 'loyal', minimalContext())).toMatchObject({ locale: 'en' });
  });

  it('decides with the country how dates are written, the zone on which day they fall', () => {
    const { order } = fullContext();
    const late = {
      locale: 'en' as const,
      ...(order && { order: { ...order, promisedAt: Date.UTC(2026, 2, 7, 23, 30) } }),
    };
    const inZone = (zone: string) => renderText(templates, 'delivery_delayed', 'loyal', fullContext({ ...late, zone }));
    expect(inZone('America/New_York')).toMatchObject({ text: expect.stringContaining("It's now due Sat, 7 Mar.") });
    expect(inZone('Europe/Rome')).toMatchObject({ text: expect.stringContaining("It's now due Sun, 8 Mar.") });
    const { contact, sender = { kind: 'long_number' } } = fullContext();
    const { country: _, ...nowhere } = contact;
    const written = (country: string | undefined, ofNumber: string) =>
      renderText(templates, 'delivery_delayed', 'loyal', {
        ...fullContext({ ...late, zone: 'Europe/Rome' }),
        contact: { ...nowhere, ...(country !== undefined && { country }) },
        sender: { ...sender, country: ofNumber },
      });
    for (const [country, ofNumber, date] of [
      ['US', 'GB', 'Sun, Mar 8.'],
      ['GB', 'US', 'Sun 8 Mar.'],
      [undefined, 'GB', 'Sun 8 Mar.'],
      ['IN', 'IN', 'Sun, 8 Mar.'],
      ['nowhere', 'US', 'Sun, Mar 8.'],
    ] as const)
      expect(written(country, ofNumber)).toMatchObject({ text: expect.stringContaining(`It's now due ${date}`) });
  });
});

/** Strings of every kind a shop can send: names, emoji, marks without end, template code, megabytes. */
const anything = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc
    .array(
      fc.constantFrom(
        'Ł',
        '€',
        '…',
        '👨‍👩‍👧‍👦',
        '👩🏽',
        'e\u0301',
        '\u0327',
        '\uD83D',
        '가',
        'ᄀ',
        'ﾞ',
        '{{ brand.name }}',
        ' ',
        '\u00A0',
        '\n',
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join('')),
  fc.constantFrom(`Z${'\u0335\u0327'.repeat(200)}`, 'ᄀ'.repeat(99), 'x'.repeat(100_000), '').map((text) => text),
);
const anyUrl = fc.oneof(
  fc.constant('https://sole.example/x'),
  anything,
  fc.webUrl(),
  fc.webUrl({ size: 'large', withQueryParameters: true }),
);
const anyNumber = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(Number.NaN, Infinity, -0, 1e300));

const anyContext: fc.Arbitrary<MessageContext> = fc
  .record({
    words: fc.array(anything, { minLength: 14, maxLength: 14 }),
    urls: fc.array(anyUrl, { minLength: 6, maxLength: 6 }),
    numbers: fc.array(anyNumber, { minLength: 12, maxLength: 12 }),
  })
  .chain(({ words, urls, numbers }) => {
    const word = (index: number): string => words[index] ?? '';
    const url = (index: number): string => urls[index] ?? '';
    const number = (index: number): number => numbers[index] ?? 0;
    const { brand, contact, order, items, parcel } = fullContext();
    return fc.constantFrom(...LOCALES).map((locale) => ({
      brand: { ...brand, supportPhone: word(0), reviewIncentive: inEvery(word(1)), agentName: word(2) },
      contact: {
        ...contact,
        firstName: word(3),
        city: word(4),
        country: word(5),
        tier: word(6),
        nextTier: word(7),
        points: number(0),
        pointsToNextTier: number(1),
        lastOrderAt: number(2),
      },
      locale,
      zone: word(8) === '' ? 'Asia/Seoul' : 'Europe/Rome',
      now: Number.isFinite(number(3)) ? number(3) : TEXT_TIME,
      ...(order && {
        order: {
          ...order,
          name: word(9),
          statusUrl: url(0),
          promisedAt: number(4),
          deliveredAt: number(5),
          parcelCount: number(6),
          refund: { minor: number(7), currency: word(10) },
        },
      }),
      items: items.map((item) => ({
        ...item,
        title: word(11),
        quantity: number(8),
        checklist: inEvery(word(12)),
        careTip: inEvery(word(13)),
        complementTitle: inEvery(word(1)),
        runsOutAfterDays: number(9),
        guideUrl: url(1),
        reorderUrl: url(2),
      })),
      ...(parcel && {
        parcel: { ...parcel, number: number(10), carrier: word(0), trackingUrl: url(3), pickupPlace: word(2) },
      }),
    }));
  });

describe('for all values', () => {
  it('a text never throws, never exceeds its declared worst, and always says who it is from', () => {
    fc.assert(
      fc.property(anyContext, fc.constantFrom(...KINDS), fc.constantFrom(...TONES), (context, kind, tone) => {
        const rendered = renderText(templates, kind, tone, context);
        if (rendered.kind !== 'rendered') return;
        expect(rendered.segments).toBeLessThanOrEqual(templates[rendered.locale]?.texts[kind][tone].worst ?? 0);
        expect(rendered.text).toContain('Bottega Sole');
        expect(rendered.text).toBe(rendered.text.normalize('NFC'));
        expect(rendered.text.length).toBeLessThanOrEqual(1_600);
        expect(rendered).toMatchObject(pick(measureSms(rendered.text)));
      }),
      casesOf(1_000),
    );
  });

  it.each(['Ł', '€', '가', '👩🏽', 'क्षि', 'é', '…'])('values that never end stay within it: %s', (character) => {
    const endless = character.repeat(500);
    const link = `https://shop.example/${'a'.repeat(99)}`;
    const { brand, contact, order, items, parcel } = fullContext();
    for (const locale of LOCALES) {
      const context: MessageContext = fullContext({
        locale,
        brand: {
          ...brand,
          name: endless,
          supportPhone: endless,
          reviewIncentive: inEvery(endless),
          agentName: endless,
        },
        contact: { ...contact, firstName: endless, city: endless, tier: endless, nextTier: endless },
        ...(order && { order: { ...order, name: endless, statusUrl: link } }),
        items: items.map((item) => ({
          ...item,
          title: endless,
          checklist: inEvery(endless),
          careTip: inEvery(endless),
        })),
        ...(parcel && { parcel: { ...parcel, carrier: endless, trackingUrl: link, pickupPlace: endless } }),
      });
      for (const kind of KINDS) {
        for (const tone of TONES) {
          const rendered = renderText(templates, kind, tone, context);
          const worst = templates[locale]?.texts[kind][tone].worst ?? 0;
          expect(rendered.kind === 'rendered' && rendered.segments).toBeLessThanOrEqual(worst);
        }
      }
    }
  });

  it('a cut ends at a word, and not at one that leads to the next', () => {
    const cut = (raw: string, longest: number) => cleanText(raw, longest, 'it');
    expect(cut('Caffè macinato per moka', 18)).toBe('Caffè macinato');
    expect(cut('Caffè macinato per moka', 15)).toBe('Caffè macinato');
    expect(cut('Caffè macinato per la moka', 22)).toBe('Caffè macinato');
    expect(cut('Miele dei fiori dell’Etna', 21)).toBe('Miele dei fiori');
    expect(cut('Olive oil soap with the scent of lemon', 23)).toBe('Olive oil soap');
    expect(cut('Olive oil soap with a scent', 14)).toBe('Olive oil soap');
    expect(cleanText('올리브 비누 및 비누받침 세트', 10, 'ko')).toBe('올리브 비누');
    // A text that fits is not touched.
    expect(cut('Macinato per', 12)).toBe('Macinato per');
  });

  it('a cut never ends in a word that leads to the next, cuts no character and is never longer than allowed', () => {
    const words = fc.oneof(
      fc.constantFrom(...LEADING_ON),
      fc.constantFrom(
        'caffè',
        'moka',
        'Espresso',
        '비누',
        '받침',
        '👨‍👩‍👧‍👦',
        '🇮🇹',
        'é',
        'x',
        '&',
        '—',
        'Kaffeemaschinenreiniger',
      ),
    );
    const titles = fc.array(words, { minLength: 1, maxLength: 14 }).map((list) => list.join(' '));
    fc.assert(
      fc.property(titles, fc.integer({ min: 4, max: 60 }), fc.constantFrom(...LOCALES), (raw, longest, locale) => {
        const whole = cleanText(raw, 1_000, locale) ?? '';
        const text = cleanText(raw, longest, locale) ?? '';
        expect(text.length).toBeLessThanOrEqual(longest);
        expect(whole.startsWith(text)).toBe(true);
        if (text === whole) return;
        expect(LEADING_ON).not.toContain(text.split(' ').at(-1)?.toLowerCase());
        const ends = [...new Intl.Segmenter('en').segment(whole)].map(({ index, segment }) => index + segment.length);
        if (text !== '') expect(ends).toContain(text.length);
      }),
      casesOf(1_000),
    );
  });

  it.each([
    'null',
    'NULL',
    'undefined',
    'n/a',
    'N.A.',
    'test',
    'Test Test',
    '.',
    '-',
    '--',
    '+39 333 1234567',
    '3331234567',
    '😀',
    '👍🏽',
    'xxx',
    '?',
    '테스트',
    '없음',
    'Sconosciuto',
    'null null',
    'Emma null',
    'NULL Emma',
    'Emma-undefined',
    'undefined undefined',
    'None None',
    'Guest Guest',
    'Guest -',
    'Test Customer',
    'N.A. N.A.',
    'null, Emma',
    'xxx xxx',
    'xxx Test',
    '고객 고객님',
  ])('"%s" is no first name', (raw) => {
    for (const locale of LOCALES) expect(cleanName(raw, 20, locale)).toBeNull();
  });

  it.each([
    'Giulia',
    'Li',
    'J.R.',
    "D'Angelo",
    'Na',
    'Aaron',
    'Testa',
    'Nullo',
    'Óscar',
    '민준',
    '高橋',
    'Emma Guest',
    'Anna Nan',
    'Rosa Test',
  ])('"%s" is one', (raw) => {
    for (const locale of LOCALES) expect(cleanName(raw, 20, locale)).toBe(raw);
  });

  it('a cleaned text is no longer than allowed, and cleaning it again changes nothing', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 1, max: 60 }), fc.constantFrom(...LOCALES), (raw, longest, locale) => {
        const text = cleanText(raw, longest, locale);
        expect(text?.length ?? 0).toBeLessThanOrEqual(longest);
        if (text !== null) expect(cleanText(text, longest, locale)).toBe(text);
      }),
      casesOf(1_000),
    );
  });
});

describe('words that strangers can write', () => {
  const anyWords = fc
    .array(
      fc.oneof(
        anything,
        fc.constantFrom(
          'evil',
          '.',
          '。',
          '💩',
          '\u034F',
          '\u20E3',
          '①②③④',
          'भारत',
          'com',
          'de',
          'goo.gl',
          '0906',
          '123456',
          '+44',
          ' ',
          '-',
          '1.2.3.4',
          'http',
          '://',
          'www',
        ),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(''));

  it('lose a number of seven digits, and keep a shorter one', () => {
    expect(cleanReported('Call 0906123 now', 60, 'en')).toBe('Call now');
    expect(cleanReported('Box 090612 now', 60, 'en')).toBe('Box 090612 now');
    expect(cleanReported('Call 09-06-12-34-5 now', 60, 'en')).toBe('Call now');
  });

  it('hold a link also where a script without spaces goes on behind the host', () => {
    expect(holdsLink('여기evil.com방문')).toBe(true);
    expect(holdsLink('evil.de.Now')).toBe(true);
  });

  it('hold a link also in full-width letters, of which a phone makes one', () => {
    expect(holdsLink('ｇｏｏ.ｇｌ')).toBe(true);
  });

  it('never keep a number that a tracking number asks to call, and ordinary ones stay', () => {
    expect(cleanReference('tel:0906123456', 30, 'en')).toBeNull();
    expect(cleanReference('Phone:0906123456', 30, 'en')).toBe('Phone');
    for (const number of ['1Z999AA10123456784', 'BOT-2026-000123', '#1042', '100004821733'])
      expect(cleanReference(number, 30, 'en')).toBe(number);
  });

  it('stay when a dot or a few digits are in them that are no host and no number to call', () => {
    for (const words of ['St. Anna', 'v2.0', 'Dr.Martens ½ kg', 'Via Roma 12, 20121 Milano'])
      expect(cleanReported(words, 60, 'en')).toBe(words);
  });

  it('are bounded also as the number of an order, which is cut where it does not fit', () => {
    expect(cleanReference('A'.repeat(40), 40, 'en')).toBe('A'.repeat(40));
    expect(cleanReference('A'.repeat(41), 40, 'en')).toBe('A'.repeat(40));
  });

  it('never become a link by being cut: neither within a word nor behind one', () => {
    expect(cleanReported('xx goo.glass', 9, 'en')).toBe('xx');
    expect(cleanReported('goo.glass', 6, 'en')).toBeNull();
    expect(cleanReference('goo.glot', 6, 'en')).toBeNull();
  });

  it('never come to hold a link or a telephone number, whatever is taken out or cut off, and cleaning them again changes nothing', () => {
    fc.assert(
      fc.property(anyWords, fc.integer({ min: 1, max: 60 }), fc.constantFrom(...LOCALES), (raw, longest, locale) => {
        const text = cleanReported(raw, longest, locale) ?? '';
        expect(text.length).toBeLessThanOrEqual(longest);
        expect(holdsLink(text)).toBe(false);
        expect(text.normalize('NFKC')).not.toMatch(/\p{N}{7}/u);
        if (text !== '') expect(cleanReported(text, longest, locale)).toBe(text);
        expect(holdsLink(cleanReference(raw, longest, locale) ?? '')).toBe(false);
        const name = cleanName(raw, longest, locale) ?? '';
        expect(name).not.toMatch(/\p{N}|[^\p{L}\p{M} '’‐.-]/u);
        expect(holdsLink(name)).toBe(false);
      }),
      casesOf(1_000),
    );
  });
});

function pick({ encoding, segments }: ReturnType<typeof measureSms>) {
  return { encoding, segments };
}
