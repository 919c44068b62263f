/** Every decision about a person's messages, as it was made. */
import type { Knex } from 'knex';
import type { Decision } from '../../domain/sending/gate/decision.ts';
import type { SaidRule } from '../../domain/sending/gate/explanation.ts';
import { decisionInWords, ruleOf } from '../../domain/sending/gate/explanation.ts';
import type { Channel, MessageKind } from '../../domain/sending/message.ts';
import type { SkipReason, WaitReason } from '../../domain/sending/reason.ts';
import type { ZoneSource } from '../../domain/place/zones.ts';
import type { RulePacks } from '../../domain/rules/rule-pack.ts';
import type { Db } from '../../db/connection/connect.ts';
import { refuseUnknownCursor } from '../../db/connection/pages.ts';

interface DecisionRow {
  readonly step: string;
  readonly occurrence: string;
  readonly kind: MessageKind;
  readonly channel: Channel;
  readonly decided_at: Date;
  readonly outcome: Decision['kind'];
  readonly reason: SkipReason | WaitReason | null;
  readonly wait_until: Date | null;
  readonly rule: string;
  readonly zones: readonly string[];
}

const DECISION_COLUMNS = [
  'step',
  'occurrence',
  'kind',
  'channel',
  'decided_at',
  'outcome',
  'reason',
  'wait_until',
  'rule',
  'zones',
] as const satisfies readonly (keyof DecisionRow)[];

/** The rows, versions and places that the decision was made from. */
export interface DecidedRow extends DecisionRow {
  readonly id: number;
  readonly order_id: string | null;
  readonly jurisdictions: readonly string[];
  readonly packs: readonly string[];
  readonly rules: readonly string[];
  readonly zone_source: ZoneSource | 'none' | null;
  readonly local_time: string | null;
  readonly consent_id: number | null;
}

const BASIS_COLUMNS = ['jurisdictions', 'packs', 'rules', 'zone_source', 'local_time', 'consent_id'] as const;
const COLUMNS = [
  'id',
  'order_id',
  ...DECISION_COLUMNS,
  ...BASIS_COLUMNS,
] as const satisfies readonly (keyof DecidedRow)[];

/** A decision for people: all moments ISO 8601 in UTC, but `localTime`. */
export interface DecisionView {
  readonly id: string;
  readonly at: string;
  readonly order: string | null;
  readonly step: string;
  readonly occurrence: string;
  readonly kind: MessageKind;
  readonly channel: Channel;
  readonly outcome: Decision['kind'];
  readonly reason: SkipReason | WaitReason | null;
  readonly until: string | null;
  readonly words: string;
  /** The first rule that forbade it. */
  readonly rule: string;
  /** The words of that rule, if it is a country's. */
  readonly says: SaidRule | null;
  /** The jurisdictions and the versions of packs that applied, and the ids of the rows that were looked at. */
  readonly jurisdictions: readonly string[];
  readonly packs: readonly string[];
  readonly rules: readonly string[];
  readonly zones: readonly string[];
  readonly zoneSource: ZoneSource | 'none' | null;
  readonly localTime: string | null;
  /** The entry of the consent ledger that allowed it. */
  readonly consent: string | null;
}

export interface DecisionsQuery {
  readonly kind?: MessageKind;
  /** The `next` of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** Decisions looked at for a page of one kind. */
const WINDOW = 1_000;

/**
 * A page of a contact's decisions, newest first. A page of one kind may have fewer than `limit` decisions, or none, and still a `next`: a
 * contact with 60,000 decisions is looked through in several pages. Undefined: no such contact of this brand.
 */
export async function decisionsOfContact(
  db: Db,
  brand: string,
  contact: string,
  { kind, after, limit }: DecisionsQuery,
  packs: RulePacks,
): Promise<{ readonly decisions: readonly DecisionView[]; readonly next?: string } | undefined> {
  const known: { id: string } | undefined = await db('contacts').where({ brand_id: brand, id: contact }).first('id');
  if (!known) return undefined;
  const about = { contact, after: after ?? null, kind: kind ?? null, rows: limit + 1 };
  return db.transaction(async (trx) => {
    // PostgreSQL's plan for any contact expects a few rows and sorts them: that was all 120,000 of a till. A plan for
    // this contact knows the count of its rows.
    await trx.raw('set local plan_cache_mode = force_custom_plan');
    const { rows } = await trx.raw<{ rows: DecidedRow[] }>(
      kind === undefined
        ? `select ${COLUMNS.join(', ')} from all_decisions where contact_id = :contact and ${EARLIER} order by id desc limit :rows`
        : `select ${COLUMNS.join(', ')} from (${LOOKED_AT}) looked where kind = :kind order by id desc limit :rows`,
      about,
    );
    await refuseUnknownCursor(rows, after, (id) => trx('all_decisions').where({ contact_id: contact, id }).first('id'));
    const page = rows.slice(0, limit);
    const last = page.at(-1)?.id;
    const next = rows.length > limit ? last : kind === undefined ? undefined : await endOfWindow(trx, about);
    const decisions = page.map((row) => toDecisionView(row, packs));
    return { decisions, ...(next !== undefined && { next: String(next) }) };
  });
}

const EARLIER = '(cast(:after as bigint) is null or id < :after)';
const LOOKED_AT = `select * from all_decisions where contact_id = :contact and ${EARLIER} order by id desc limit ${WINDOW}`;

/** The last decision that was looked at, if there are older ones. */
async function endOfWindow(db: Db, about: Knex.ValueDict): Promise<number | undefined> {
  const { rows } = await db.raw<{ rows: { id: number; count: number }[] }>(
    `select min(id) as id, count(*) as count from (${LOOKED_AT}) looked`,
    about,
  );
  return rows[0]?.count === WINDOW ? rows[0].id : undefined;
}

/** More than a message has that is postponed once a day for as long as it is useful. */
const MOST_OF_A_STEP = 20;

/** The last decisions about some occurrences of an order's steps, oldest first. */
export async function decisionsOfSteps(
  db: Db,
  { brand, order }: { readonly brand: string; readonly order: string },
  steps: readonly { readonly step: string; readonly occurrence: string }[],
): Promise<DecidedRow[]> {
  const { rows } = await db.raw<{ rows: DecidedRow[] }>(
    `select ${COLUMNS.join(', ')} from (
       select *, row_number() over (partition by step, occurrence order by id desc) as nth from all_decisions
        where brand_id = :brand and order_id = :order
          and (step, occurrence) in (select * from unnest(cast(:steps as text[]), cast(:occurrences as text[])))) made
      where nth <= ${MOST_OF_A_STEP} order by id`,
    { brand, order, steps: steps.map(({ step }) => step), occurrences: steps.map(({ occurrence }) => occurrence) },
  );
  return rows;
}

export function toDecisionView(row: DecidedRow, packs: RulePacks): DecisionView {
  const says = ruleOf(packs, row.jurisdictions, row.rule) ?? null;
  const at = { localTime: row.local_time ?? undefined, zone: row.zones[0] };
  return {
    id: String(row.id),
    at: row.decided_at.toISOString(),
    order: row.order_id,
    step: row.step,
    occurrence: row.occurrence,
    kind: row.kind,
    channel: row.channel,
    outcome: row.outcome,
    reason: row.reason,
    until: row.wait_until && row.wait_until.toISOString(),
    words: decisionInWords(toDecision(row), says ?? undefined, at),
    rule: row.rule,
    says,
    jurisdictions: row.jurisdictions,
    packs: row.packs,
    rules: row.rules,
    zones: row.zones,
    zoneSource: row.zone_source,
    localTime: row.local_time,
    consent: row.consent_id === null ? null : String(row.consent_id),
  };
}

function toDecision({ outcome, reason, wait_until, rule }: DecidedRow): Decision {
  switch (outcome) {
    case 'send':
      return { kind: 'send', rule };
    case 'wait':
      return { kind: 'wait', until: wait_until?.getTime() ?? 0, reason: reason as WaitReason, rule };
    case 'skip':
      return { kind: 'skip', reason: reason as SkipReason, rule };
  }
}
