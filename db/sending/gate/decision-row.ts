/** The one insert of decisions: every statement that decides about a message writes its row with these parts. */
import type { DecisionBasis } from '../../../domain/sending/gate/decision.ts';

const OF_MESSAGE = ['brand_id', 'order_id', 'contact_id', 'step', 'occurrence', 'kind', 'channel'] as const;
const OF_ANSWER = 'decided_at, outcome, reason, wait_until, rule, useful_until';
const OF_BASIS = 'zones, zone_source, jurisdictions, packs, rules, local_time, consent_id';

/** The SQL of each part of an answer, for the message `m`. */
export interface DecisionParts {
  /** A relation of messages, with what is joined to it: `ended m`. Its name for the message is `m`. */
  readonly from: string;
  readonly at: string;
  readonly outcome: string;
  readonly reason?: string;
  readonly until?: string;
  readonly rule: string;
  readonly usefulUntil?: string;
  /** `BOUND_BASIS`, or `BASIS_OF_SEND` with `sameMoment` in `from`. Left out: no country's rules were asked. */
  readonly basis?: string;
  readonly where?: string;
}

/** Writes a decision about each message of `from`. A decision that is on record already (a retry) stays as it is. */
export function insertDecisions({
  from,
  at,
  outcome,
  reason,
  until,
  rule,
  usefulUntil,
  basis,
  where,
}: DecisionParts): string {
  const answer = [at, outcome, reason ?? 'null', until ?? 'null', rule, usefulUntil ?? 'null'].join(', ');
  return `insert into decisions (${OF_MESSAGE.join(', ')}, ${OF_ANSWER}${basis === undefined ? '' : `, ${OF_BASIS}`})
      select ${OF_MESSAGE.map((column) => `m.${column}`).join(', ')}, ${answer}${basis === undefined ? '' : `, ${basis}`}
        from ${from}${where === undefined ? '' : ` where ${where}`} on conflict do nothing`;
}

/** Writes one decision, of the bindings named as the columns are in TypeScript, and those of `basisBindings`. */
export const INSERT_DECISION = `insert into decisions (${OF_MESSAGE.join(', ')}, ${OF_ANSWER}, ${OF_BASIS})
       values (:brand, :order, :contact, :step, :occurrence, :kind, :channel, :now, :outcome, :reason, :waitUntil, :rule, :usefulUntil,
         :zones, :zoneSource, :jurisdictions, :packs, :rules, :localTime, :consent)
       on conflict do nothing`;

/** Bindings of a statement for `BOUND_BASIS` and `INSERT_DECISION`. */
export function basisBindings({ zones, zoneSource, jurisdictions, packs, rules, localTime, consent }: DecisionBasis) {
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

export const BOUND_BASIS = `cast(:zones as text[]), :zoneSource, cast(:jurisdictions as text[]), cast(:packs as text[]), cast(:rules as text[]),
          :localTime, cast(:consent as bigint)`;

/**
 * The basis of the decision to send message `m` that was made at the same moment. No row: the decision needed no
 * country's rules.
 */
export const BASIS_OF_SEND = `coalesce(d.zones, '{}'), d.zone_source, coalesce(d.jurisdictions, '{}'), coalesce(d.packs, '{}'),
          coalesce(d.rules, '{}'), d.local_time, d.consent_id`;

/** `d` for `BASIS_OF_SEND`, by the moment `now`. */
export function isSameMoment(now: string): string {
  return `left join lateral (select k.* from decisions k where k.brand_id = m.brand_id and k.contact_id = m.contact_id
      and k.order_id is not distinct from m.order_id and k.step = m.step and k.occurrence = m.occurrence and k.channel = m.channel
      and k.decided_at = ${now} and k.outcome = 'send' limit 1) d on true`;
}
