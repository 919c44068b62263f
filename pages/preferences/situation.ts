/** Messages that a person would get at this moment, and the place where we assume the person is. */
import { channelsOfBrand } from '../../channels/all.ts';
import type { RuleData } from '../../domain/rules/rule-data.ts';
import { placeOf } from '../../domain/place/contact-place.ts';
import type { Person } from '../../db/consent/person.ts';
import { applyRules } from '../../domain/rules/applied-rules.ts';
import type { Chooser } from '../../domain/consent/choices.ts';
import { consentFor } from '../../domain/consent/consent-rules.ts';
import type { ConsentClass } from '../../domain/consent/consent.ts';

export interface Situation {
  readonly chooser: Chooser;
  /** Classes whose consent was given and waits to be confirmed over the number. */
  readonly unconfirmed: readonly ConsentClass[];
  /** Where the person is. Empty: unknown. */
  readonly zones: readonly string[];
  /** Where dates of the page are read: the first of them, or the shop's. */
  readonly zone: string;
  /** The number is stopped. */
  readonly stopped: boolean;
}

/** `now`: epoch ms. */
export function situationOf(person: Person, rules: RuleData, now: number): Situation {
  const { brand, consents, lists, preferences, address } = person;
  const { zones, jurisdictions } = placeOf(person, rules);
  const answers = (['service_feedback', 'promotional'] as const).map((name) => {
    const applied = applyRules(rules.packs, jurisdictions, name, now);
    return { class: name, answer: consentFor(name, consents, lists, applied, now) };
  });
  const unconfirmed = answers.flatMap(({ class: name, answer }) =>
    answer.kind === 'lacking' && answer.reason === 'not_confirmed' ? [name] : [],
  );
  const allowed = answers.flatMap(({ class: name, answer }) => (answer.kind === 'enough' ? [name] : []));
  return {
    chooser: {
      preferences,
      allowed: [...allowed, ...unconfirmed],
      channels: channelsOfBrand(brand),
      ...(person.zone !== undefined && { zone: person.zone }),
    },
    unconfirmed,
    zones,
    zone: zones[0] ?? brand.zone,
    stopped: address.stopped,
  };
}
