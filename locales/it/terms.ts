import type { Terms } from '../terms.ts';

const OVER = ['non riceverai altri messaggi'];

export const terms: Terms = {
  home: 'IT',
  alphabet: 'gsm',
  currencies: ['EUR'],
  ordinary: (letters) => 'x'.repeat(letters),
  noTitle: 'il tuo ordine',
  lines: {
    // Without the word SMS: an RCS chat ends with the same line.
    optOut: {
      reply: 'Per disiscriverti rispondi STOP.',
      short_code: 'Per disiscriverti invia STOP al {}.',
      phone: 'Per disiscriverti chiama {}.',
      link: 'Per disiscriverti: {}',
    },
    contact: 'Info: {}',
  },
  atHome: { prepended: '', label: '', contact: true, optOut: 'reply' },
  required: { opt_in_confirmed: ['AIUTO'], opt_out_confirmed: OVER, opt_out_or_order: OVER },
  selling: {
    words: `scont*, offert*, promo*, coupon, saldi, acquista, acquistalo, acquistala, compra, compralo, comprala, prezz*,
      omaggi*, approfitta*, risparmi*, in regalo, spedizione gratuita`,
    inside: false,
  },
  cities: {
    'Atlantic/Canary': 'Canarie',
    'Europe/Astrakhan': 'Astrachan',
    'Europe/Busingen': 'Büsingen',
    'Europe/Ulyanovsk': 'Uljanovsk',
  },
};
