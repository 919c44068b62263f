import type { Terms } from '../terms.ts';

const OVER = ['더 이상'];

export const terms: Terms = {
  home: 'KR',
  alphabet: 'unicode',
  currencies: ['KRW'],
  // A Hangul syllable says what takes two letters or more elsewhere, so ordinary Korean values are half as long.
  ordinary: (letters) => '가'.repeat(Math.ceil(letters / 2)),
  // Koreans write the won after the number; its sign is missing in the character set of Korean networks (EUC-KR).
  currencyWords: { KRW: '원' },
  noTitle: '주문하신 상품',
  lines: {
    optOut: {
      reply: '수신거부: STOP 회신',
      short_code: '수신거부: {}(으)로 STOP 발송',
      phone: '무료수신거부 {}',
      link: '무료수신거부 {}',
    },
    contact: '문의 {}',
  },
  atHome: { prepended: '[국제발신]', label: '(광고) ', contact: true, optOut: 'link' },
  required: { opt_out_confirmed: OVER, opt_out_or_order: OVER },
  selling: {
    words: '할인, 쿠폰, 세일, 특가, 이벤트, 프로모션, 혜택, 적립, 사은품, 무료배송, 구매하세요, 구매하기, 가격, 최저가',
    inside: true,
  },
  cities: {},
};
