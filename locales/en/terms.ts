import type { Terms } from '../terms.ts';

const OVER = ['no further messages'];

export const terms: Terms = {
  home: 'US',
  alphabet: 'gsm',
  currencies: ['USD', 'EUR', 'GBP'],
  ordinary: (letters) => 'x'.repeat(letters),
  noTitle: 'your order',
  lines: {
    optOut: {
      reply: 'Reply STOP to opt out.',
      short_code: 'Text STOP to {} to opt out.',
      phone: 'To opt out call {}.',
      link: 'Opt out: {}',
    },
    contact: 'Info: {}',
  },
  atHome: { prepended: '', label: '', contact: false, optOut: 'reply' },
  // US carriers (CTIA): a reply to an opt-in names cost and help. Data rates stand under a condition, for numbers of the US and Canada only.
  required: {
    opt_in_confirmed: ['HELP', 'data rates may apply', 'frequency'],
    opt_out_confirmed: OVER,
    opt_out_or_order: OVER,
  },
  selling: {
    words: `discount*, coupon*, voucher*, promo*, shop now, buy*, sale, sales, deal, deals, special offer*, free shipping,
      price*, bargain*, limited time, save up to, save on`,
    inside: false,
  },
  cities: {},
};
