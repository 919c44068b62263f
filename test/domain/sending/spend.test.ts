import { describe, expect, it } from 'vitest';
import { spendShare, spendStopAt } from '../../../domain/sending/spend.ts';

describe('the limit of spending that a message is judged by', () => {
  const settings = { currency: 'EUR', perDay: 100, perCountryPerDay: 10 };

  it.each([
    [50, 9, 'spend.country.GB', 0.9],
    [90, 5, 'spend.day', 0.9],
    [300, 1, 'spend.day', 3],
  ])('is the one of which most is used up: %d a day and %d in its country', (day, country, rule, share) => {
    expect(spendShare(settings, { day, country }, 'GB')).toEqual({ rule, share });
  });

  it('is none where the brand has set none', () => {
    expect(spendShare({ currency: 'EUR' }, { day: 1_000, country: 1_000 }, 'GB')).toBeUndefined();
  });

  it('ends promotions and requests for feedback where it is reached, order news at twice as much, and answers never', () => {
    const classes = ['promotional', 'service_feedback', 'transactional', 'compliance'] as const;
    expect(classes.map(spendStopAt)).toEqual([1, 1, 2, undefined]);
  });
});
