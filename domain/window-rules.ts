/** Which windows hold for a person's place: state before country before default. */
import type { KindRule } from './message.ts';
import type { Window } from './windows.ts';
import { regionKey } from './zones.ts';

/** `daytime`: courtesy hours of order news. `promotional`: hours of everything that sells, by law or by the carriers. */
export type WindowHours = 'daytime' | 'promotional';

export interface Jurisdiction {
  /** Where to look for what is not said here: another id of the table. A state without one has its country. */
  readonly parent?: string;
  readonly daytime?: readonly Window[];
  readonly promotional?: readonly Window[];
}

export interface WindowRules {
  readonly default: { readonly daytime: readonly Window[]; readonly promotional: readonly Window[] };
  /** By country (`IT`) or country and state (`US-TX`). */
  readonly jurisdictions: Readonly<Record<string, Jurisdiction>>;
}

/** The windows, and the id of the row they come from: `US-TX.promotional`, `default.daytime`. */
export interface AppliedWindows {
  readonly rule: string;
  readonly windows: readonly Window[];
}

/** Which hours a kind of message keeps; undefined: any hour. Feedback without rules of its own keeps the stricter ones (fail closed). */
export function windowHours(rule: KindRule): WindowHours | undefined {
  if (rule.hours === 'any') return undefined;
  return rule.class === 'promotional' || rule.class === 'service_feedback' ? 'promotional' : 'daytime';
}

/** Children inherit; an unknown country has the default. `region` may be written `TX` or `US-TX`, in any case. */
export function windowsFor(
  rules: WindowRules,
  place: { readonly hours: WindowHours; readonly country?: string | undefined; readonly region?: string | undefined },
): AppliedWindows {
  for (const id of lineage(rules, place.country?.trim().toUpperCase(), place.region)) {
    const windows = rules.jurisdictions[id]?.[place.hours];
    if (windows) return { rule: `${id}.${place.hours}`, windows };
  }
  return { rule: `default.${place.hours}`, windows: rules.default[place.hours] };
}

function lineage(rules: WindowRules, country: string | undefined, region: string | undefined): string[] {
  if (country === undefined) return [];
  const known = (id: string): boolean => Object.hasOwn(rules.jurisdictions, id);
  const state = region === undefined ? undefined : `${country}-${regionKey(country, region)}`;
  const ids: string[] = [];
  let id: string | undefined = state !== undefined && known(state) ? state : country;
  while (id !== undefined && known(id) && !ids.includes(id)) {
    ids.push(id);
    id = rules.jurisdictions[id]?.parent ?? (id === country ? undefined : id.split('-')[0]);
  }
  return ids;
}
