/** Message contexts for tests. A test states only what differs. */
import type { InLanguages } from '../../domain/sending/message.ts';
import { LOCALES } from '../../domain/sending/message.ts';
import type { MessageContext } from '../../domain/text/message-context.ts';

export const TEXT_TIME = Date.UTC(2026, 2, 5, 15, 30);
const DAY = 86_400_000;

/** The same words whatever the language of the text. */
export function inEvery(words: string): InLanguages {
  return Object.fromEntries(LOCALES.map((locale) => [locale, words]));
}

const brand = {
  name: 'Bottega Sole',
  supportUrl: 'https://sole.example/aiuto',
  reviewUrl: 'https://sole.example/recensioni',
  loyaltyUrl: 'https://sole.example/club',
  preferencesUrl: 'https://sole.example/p/8f3k2',
  shopUrl: 'https://sole.example',
  linkHosts: ['sole.example', 'shop.example', 'brt.example', 'xn--citt-3na.example'],
};

/** Everything a shop can tell, with two parcels. */
export function fullContext(changes: Partial<MessageContext> = {}): MessageContext {
  return {
    brand: {
      ...brand,
      supportPhone: '+39 02 1234 5678',
      reviewIncentive: inEvery('Un caffè per te'),
      agentName: 'Marta',
    },
    contact: {
      firstName: 'Giulia',
      lastName: 'Rossi',
      city: 'Milano',
      country: 'IT',
      history: 'new',
      tier: 'Oro',
      points: 12_500,
      pointsToNextTier: 2_500,
      nextTier: 'Platino',
      lastOrderAt: TEXT_TIME - 90 * DAY,
    },
    locale: 'it',
    zone: 'Europe/Rome',
    now: TEXT_TIME,
    order: {
      name: '#1042',
      statusUrl: 'https://sole.example/o/1042',
      total: { minor: 4_280, currency: 'EUR' },
      placedAt: TEXT_TIME - 3 * DAY,
      fulfilment: 'shipped',
      cycle: 'fast',
      promisedAt: TEXT_TIME + 2 * DAY,
      deliveredAt: TEXT_TIME - DAY,
      parcelCount: 2,
      refund: { minor: 1_290, currency: 'EUR' },
      bookingUrl: 'https://sole.example/b/1',
      downloadUrl: 'https://sole.example/d/1',
    },
    items: [
      {
        title: 'Moka Express 3 tazze',
        quantity: 1,
        guideUrl: 'https://sole.example/g/moka',
        checklist: inEvery('acqua alla valvola, caffè senza premere, fuoco basso'),
        careTip: inEvery('Sciacquala solo con acqua calda: il sapone rovina il gusto.'),
        complementTitle: inEvery('Caffè macinato 250 g'),
        complementUrl: 'https://sole.example/c/caffe',
        reorderUrl: 'https://sole.example/r/moka',
        runsOutAfterDays: 30,
      },
      { title: 'Caffè 250 g', quantity: 2 },
    ],
    parcel: {
      number: 1,
      carrier: 'BRT',
      trackingNumber: 'BRT123456789IT',
      trackingUrl: 'https://brt.example/t/123456789',
      pickupPlace: 'Tabacchi Bianchi, via Roma 4',
    },
    ...changes,
  };
}

/** The least there can be: an order with one unknown item, and the values that its journey's steps ask for. */
export function minimalContext(changes: Partial<MessageContext> = {}): MessageContext {
  return {
    brand,
    contact: { history: 'new', tier: 'Oro' },
    locale: 'it',
    zone: 'Europe/Rome',
    now: TEXT_TIME,
    order: {
      name: '1042',
      total: { minor: 100, currency: 'EUR' },
      placedAt: TEXT_TIME,
      fulfilment: 'shipped',
      cycle: 'long',
      parcelCount: 1,
    },
    items: [
      {
        title: 'Moka',
        quantity: 1,
        guideUrl: 'https://sole.example/g',
        careTip: inEvery('Solo acqua.'),
        complementTitle: inEvery('Caffè'),
        complementUrl: 'https://sole.example/c',
        reorderUrl: 'https://sole.example/r',
      },
    ],
    ...changes,
  };
}

/** As full, in Korean words. */
export function koreanContext(): MessageContext {
  const { brand, contact, items, parcel, ...rest } = fullContext({ locale: 'ko', zone: 'Asia/Seoul' });
  return {
    ...rest,
    brand: {
      ...brand,
      name: '해뜨는가게',
      supportPhone: '02-1234-5678',
      agentName: '수진',
      reviewIncentive: inEvery('감사 쿠폰 증정'),
    },
    contact: { ...contact, firstName: '민지', country: 'KR', tier: '골드', nextTier: '플래티넘' },
    items: items.map((item) => ({
      ...item,
      title: '모카포트 3컵',
      checklist: inEvery('물은 밸브까지, 원두는 누르지 않고, 약불로'),
      careTip: inEvery('따뜻한 물로만 헹궈 주세요. 세제는 맛을 해칩니다.'),
      complementTitle: inEvery('원두 250g'),
    })),
    ...(parcel && { parcel: { ...parcel, carrier: 'CJ대한통운', pickupPlace: '서울역 보관함' } }),
  };
}
