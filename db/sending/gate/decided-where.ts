/** The basis of a decision beside the facts of the message: the places where the person may be, and the rules that hold there. */

/** Written down with the decision. */
export interface DecidedWhere {
  readonly zones: readonly string[];
  readonly zoneSource: string;
  readonly jurisdictions: readonly string[];
  /** With their versions. */
  readonly packs: readonly string[];
  /** Ids of the rows that were looked at. */
  readonly rules: readonly string[];
  /** The wall clock in the first of the zones, `2027-03-14T09:05`. */
  readonly localTime?: string;
  /** The entry of the consent ledger it rests on. */
  readonly consent?: string;
}

/** Of a decision that no country's rules were asked for. */
export const NOWHERE: DecidedWhere = { zones: [], zoneSource: 'none', jurisdictions: [], packs: [], rules: [] };

/** Bindings of a statement for the columns of `MADE_BY`, in names of their own. */
export function madeBy({ zones, zoneSource, jurisdictions, packs, rules, localTime, consent }: DecidedWhere) {
  return {
    zones: [...zones],
    zoneSource,
    jurisdictions: [...jurisdictions],
    packs: [...packs],
    rules: [...rules],
    localTime: localTime ?? null,
    consent: consent ?? null,
  };
}

/** Columns of a decision that say what it was made by, beside its rule. */
export const MADE_BY = 'zones, zone_source, jurisdictions, packs, rules, local_time, consent_id';

/**
 * The same of what was decided about message `m` at the same moment, for what follows from that. Nothing: no country's rules were asked.
 */
export const MADE_BY_THE_SAME = `coalesce(d.zones, '{}'), d.zone_source, coalesce(d.jurisdictions, '{}'), coalesce(d.packs, '{}'),
  coalesce(d.rules, '{}'), d.local_time, d.consent_id`;

/** `d` for `MADE_BY_THE_SAME`, by the moment `now`. */
export function sameMoment(now: string): string {
  return `left join lateral (select k.* from decisions k where k.brand_id = m.brand_id and k.contact_id = m.contact_id
      and k.order_id is not distinct from m.order_id and k.step = m.step and k.occurrence = m.occurrence and k.channel = m.channel
      and k.decided_at = ${now} and k.outcome = 'send' limit 1) d on true`;
}
