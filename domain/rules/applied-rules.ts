/**
 * The rows that hold for a message: those of every jurisdiction that may apply, each with the rows that it inherits.
 */
import { DAY, HOUR } from '../time/duration.ts';
import type { MessageClass } from '../sending/message.ts';
import type { Row, Rule, RuleKind, RulePack, RulePacks } from './rule-pack.ts';
import { DEFAULT_PACK } from './rule-pack.ts';

/** One row in force, with the jurisdiction whose pack has it. */
export interface AppliedRow<R extends Rule = Rule> {
  /** The row's id. */
  readonly id: string;
  readonly jurisdiction: string;
  readonly rule: R;
}

export interface AppliedRules {
  readonly jurisdictions: readonly string[];
  /** `US-FL@9c1f03a2b7de`, one per jurisdiction. */
  readonly packs: readonly string[];
  readonly rows: readonly AppliedRow[];
}

/**
 * The rows for a class at a moment, over all jurisdictions: the caller that combines them takes the strictest. A pack's own rows of a kind
 * stand instead of what it inherits of that kind for the class. Without any pack the default one applies. `now`: epoch ms.
 */
export function applyRules(
  packs: RulePacks,
  jurisdictions: readonly string[],
  messageClass: MessageClass,
  now: number,
): AppliedRules {
  const known = jurisdictions.filter((id) => Object.hasOwn(packs.packs, id));
  const ids = known.length > 0 ? known : [DEFAULT_PACK];
  const rows = ids.flatMap((id) => rowsOf(packs, id, messageClass, now));
  return {
    jurisdictions: ids,
    packs: ids.map((id) => `${id}@${packs.packs[id]?.version ?? ''}`),
    // Two states may inherit the same federal row, which then counts once.
    rows: rows.filter((row, at) => rows.findIndex((other) => other.id === row.id) === at),
  };
}

/** The rows of one kind. */
export function rowsOfKind<K extends RuleKind>(
  { rows }: AppliedRules,
  kind: K,
): readonly AppliedRow<Extract<Rule, { kind: K }>>[] {
  return rows.filter((row): row is AppliedRow<Extract<Rule, { kind: K }>> => row.rule.kind === kind);
}

/** Feedback without a row of its own is treated as a promotion (fail closed), kind by kind. */
function rowsOf(packs: RulePacks, id: string, messageClass: MessageClass, now: number): AppliedRow[] {
  const lineage = lineageOf(packs, id);
  const subjects = new Set(lineage.flatMap(({ rows }) => rows.map(({ rule }) => subjectOf(rule))));
  return [...subjects].flatMap((subject) => {
    const own = nearest(lineage, subject, messageClass, now);
    const found =
      own.length > 0 || messageClass !== 'service_feedback' ? own : nearest(lineage, subject, 'promotional', now);
    return found.map(({ id: row, rule }) => ({ id: row, jurisdiction: id, rule }));
  });
}

/**
 * A pack's own rows replace inherited rows of the same subject only: a country that keeps proofs for 3 years has said
 * nothing about how long texts are kept.
 */
function subjectOf(rule: Rule): string {
  return 'of' in rule ? `${rule.kind}.${rule.of}` : rule.kind;
}

function nearest(
  lineage: readonly RulePack[],
  subject: string,
  messageClass: MessageClass,
  now: number,
): readonly Row[] {
  for (const { rows } of lineage) {
    const found = rows.filter(
      (row) => subjectOf(row.rule) === subject && row.classes.includes(messageClass) && inForce(row, now),
    );
    if (found.length > 0) return found;
  }
  return [];
}

/** A pack, then its parent, then the parent's parent; at the end the default pack. */
export function lineageOf({ packs }: RulePacks, id: string): readonly RulePack[] {
  const lineage: RulePack[] = [];
  for (let pack = packs[id]; pack && !lineage.includes(pack);) {
    lineage.push(pack);
    pack = packs[pack.parent ?? DEFAULT_PACK];
  }
  return lineage;
}

/**
 * A day begins 14 hours before UTC in Kiribati and ends 12 hours after it at sea. A rule holds while its day is one
 * anywhere.
 */
const EARLIEST = 14 * HOUR;
const LATEST = 12 * HOUR;

export function inForce({ effectiveFrom, effectiveTo }: Row, now: number): boolean {
  return (
    (effectiveFrom === undefined || now >= Date.parse(effectiveFrom) - EARLIEST) &&
    (effectiveTo === undefined || now < Date.parse(effectiveTo) + DAY + LATEST)
  );
}
