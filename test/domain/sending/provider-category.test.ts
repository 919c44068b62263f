import { expect, it } from 'vitest';
import { MESSAGE_CLASSES } from '../../../domain/sending/message.ts';
import { CATEGORIES } from '../../../domain/sending/provider-category.ts';

it('what sells is called so on every network, and news of an order is not', () => {
  expect([CATEGORIES.rcs.promotional, CATEGORIES.viber.promotional]).toEqual(['promotion', 'promotion']);
  expect(CATEGORIES.whatsapp.promotional).toBe('marketing');
  for (const own of ['transactional', 'compliance'] as const)
    expect([CATEGORIES.rcs[own], CATEGORIES.viber[own], CATEGORIES.whatsapp[own]]).toEqual([
      'transaction',
      'transaction',
      'utility',
    ]);
});

it('a request for feedback is marketing on WhatsApp and none on RCS', () => {
  expect(CATEGORIES.whatsapp.service_feedback).toBe('marketing');
  expect(CATEGORIES.rcs.service_feedback).toBe('transaction');
  for (const each of MESSAGE_CLASSES) expect(CATEGORIES.viber[each]).toMatch(/^(transaction|promotion)$/);
});
