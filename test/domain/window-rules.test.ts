import { describe, expect, it } from 'vitest';
import { kindRule } from '../../domain/message.ts';
import type { WindowHours, WindowRules } from '../../domain/window-rules.ts';
import { windowHours, windowsFor } from '../../domain/window-rules.ts';

const always = (from: string) => [{ days: [1, 2, 3, 4, 5, 6, 7], from, to: '21:00' }];
const rules: WindowRules = {
  default: { daytime: always('08:00'), promotional: always('09:00') },
  jurisdictions: {
    US: { promotional: always('10:00') },
    'US-TX': { promotional: always('11:00') },
    'US-UT': { daytime: always('12:00') },
    PR: { parent: 'US' },
  },
};
const ruleFor = (hours: WindowHours, country?: string, region?: string) =>
  windowsFor(rules, { hours, country, region }).rule;

describe('windows of a place', () => {
  it('a state comes before its country and a country before the default', () => {
    expect(ruleFor('promotional', 'US', 'TX')).toBe('US-TX.promotional');
    expect(ruleFor('promotional', 'us', 'us-tx')).toBe('US-TX.promotional');
    expect(ruleFor('promotional', 'US', 'UT')).toBe('US.promotional');
    expect(ruleFor('daytime', 'US', 'UT')).toBe('US-UT.daytime');
    expect(ruleFor('daytime', 'US', 'TX')).toBe('default.daytime');
    expect(ruleFor('promotional', 'US')).toBe('US.promotional');
  });

  it('a country may follow another one', () => {
    expect(windowsFor(rules, { hours: 'promotional', country: 'PR' })).toEqual({
      rule: 'US.promotional',
      windows: always('10:00'),
    });
  });

  it('an unknown country and no country at all have the default', () => {
    for (const country of ['XX', undefined, '', 'constructor', '__proto__'])
      expect(ruleFor('promotional', country)).toBe('default.promotional');
  });

  it('urgent order news has no window, courtesy news the daytime one, promotions and feedback the promotional one', () => {
    const hours = (['shipped', 'opt_out_confirmed', 'delivered', 'rating_request', 'bundle_offer'] as const).map(
      (kind) => windowHours(kindRule(kind)),
    );
    expect(hours).toEqual([undefined, undefined, 'daytime', 'promotional', 'promotional']);
  });
});
