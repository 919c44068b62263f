/** Why did, why didn't, when will this order's customer get a message of some kind: answered from what is on record and the rules. */
import type { SaidRule } from '../../domain/explanation.ts';
import { forecastInWords, ruleOf, triggerInWords } from '../../domain/explanation.ts';
import type { JourneyDefinition, Step } from '../../domain/journey.ts';
import { channelsOf } from '../../domain/journey.ts';
import type { MessageKind } from '../../domain/message.ts';
import { kindRule } from '../../domain/message.ts';
import type { PlannedStep } from '../../domain/plan.ts';
import { plan, stepKey } from '../../domain/plan.ts';
import type { SkipReason } from '../../domain/reason.ts';
import { SKIP_MEANINGS } from '../../domain/reason-words.ts';
import type { Db } from '../connect.ts';
import type { DecidedRow, DecisionView } from '../gate/decisions.ts';
import { decisionsOfOrder, toDecisionView } from '../gate/decisions.ts';
import { readGate } from '../gate/gate.ts';
import type { RuleData } from '../gate/gate-decision.ts';
import { decide } from '../gate/gate-decision.ts';
import type { ExplainedMessage, Standing } from './explained-message.ts';
import { notInJourney, ofLedger } from './explained-message.ts';
import type { MessageHistoryRow } from './order-history.ts';
import type { FoldedOrder } from './timeline.ts';
import { foldOrder } from './timeline.ts';

export interface Explanation {
  readonly order: string;
  readonly message: MessageKind;
  readonly explained: readonly ExplainedMessage[];
}

interface Asked {
  readonly db: Db;
  readonly brand: string;
  readonly kind: MessageKind;
  readonly rules: RuleData;
  readonly now: number;
  readonly folded: FoldedOrder;
}

/** Undefined: no such order of this brand. `definition`: the brand's present journey, which says what orders of other kinds get. */
export async function explainMessage(
  db: Db,
  { brand, order, kind }: { readonly brand: string; readonly order: string; readonly kind: MessageKind },
  definition: JourneyDefinition,
  rules: RuleData,
  now: number,
): Promise<Explanation | undefined> {
  const folded = await foldOrder(db, brand, order, now);
  if (!folded) return undefined;
  const asked: Asked = { db, brand, kind, rules, now, folded };
  const decisions = await decisionsOfOrder(db, brand, order, kind);
  const steps = (folded.journey?.steps ?? []).filter(({ act }) => 'send' in act && act.send === kind);
  const explained: ExplainedMessage[] = [];
  for (const step of steps) explained.push(...(await explainStep(asked, step, decisions)));
  const replies = folded.history.messages.filter((message) => message.order_id === null && message.kind === kind);
  explained.push(...replies.map((message) => ofLedger(message, [])));
  return {
    order,
    message: kind,
    explained: explained.length > 0 ? explained : [notInJourney(kind, folded, definition)],
  };
}

async function explainStep(asked: Asked, step: Step, decisions: readonly DecidedRow[]): Promise<ExplainedMessage[]> {
  const { folded, now } = asked;
  const { due, skips, later } = folded.journey
    ? plan(folded.journey, folded.state, now)
    : { due: [], skips: [], later: [] };
  const planned: readonly Coming[] = [...due, ...skips, ...later].filter((one) => one.step.id === step.id);
  const own = decisions.filter((one) => one.step === step.id);
  const messages = folded.history.messages.filter((one) => one.order_id !== null && one.step === step.id);
  const keys = new Set([
    ...[...own, ...messages].map((one) => stepKey(one.step, one.occurrence)),
    ...planned.map(({ key }) => key),
  ]);
  const explained: ExplainedMessage[] = [];
  for (const key of keys) {
    const made = own.filter((one) => stepKey(one.step, one.occurrence) === key);
    const message = messages.findLast((one) => stepKey(one.step, one.occurrence) === key);
    const coming = planned.find((one) => one.key === key);
    explained.push(await explainKey(asked, key, { made, message, coming }));
  }
  return explained.length > 0 ? explained : [await notDue(asked, step)];
}

/** With its reason where it will not be sent. */
type Coming = PlannedStep & { readonly reason?: SkipReason };

interface Evidence {
  readonly made: readonly DecidedRow[];
  readonly message: MessageHistoryRow | undefined;
  readonly coming: Coming | undefined;
}

type Said = Pick<DecisionView, 'words'> & Partial<Pick<DecisionView, 'says' | 'until'>>;

async function explainKey(asked: Asked, key: string, { made, message, coming }: Evidence): Promise<ExplainedMessage> {
  const decisions = made.map((row) => toDecisionView(row, asked.rules.packs));
  if (message && message.state !== 'planned') return ofLedger(message, decisions);
  const said = (standing: Standing, { words, says = null, until = null }: Said): ExplainedMessage => {
    return { key, standing, at: until, words, says, decisions };
  };
  if (coming?.reason !== undefined) return said('not_sent', { words: `Not sent: ${SKIP_MEANINGS[coming.reason]}.` });
  const last = decisions.at(-1);
  if (last?.outcome === 'wait') return said('waiting', last);
  if (last?.outcome === 'skip') return said('not_sent', last);
  if (!coming) return said('under_way', { words: 'It is being sent.' });
  const forecast = await forecastOf(asked, coming);
  return said('planned', { ...forecast, until: iso(coming.dueAt) });
}

/** What it waits for has not happened; and what would be decided if it happened now. */
async function notDue(asked: Asked, step: Step): Promise<ExplainedMessage> {
  const { folded, now } = asked;
  const ended = folded.state.facts.cancelledAt !== undefined || folded.state.facts.returnedAt !== undefined;
  const waits = `Not due: it goes out ${triggerInWords(step)}, which has not happened${ended ? ', and the order is over' : ''}.`;
  const usefulUntil = now + kindRule(asked.kind).usefulFor;
  const forecast = await forecastOf(asked, {
    step,
    occurrence: { id: '', at: now },
    hop: 0,
    dueAt: now,
    usefulUntil,
    inReply: false,
  });
  return {
    key: step.id,
    standing: 'not_due',
    at: null,
    words: `${waits} ${forecast.words}`,
    says: forecast.says,
    decisions: [],
  };
}

/** What its workflow would be told when it is due, or when the order is taken up again. */
async function forecastOf(
  { db, brand, kind, rules, now, folded }: Asked,
  { step, occurrence, hop, dueAt, usefulUntil, inReply }: Omit<PlannedStep, 'key'>,
): Promise<{ words: string; says: SaidRule | null }> {
  const { id: order, contact_id: contact } = folded.history.order;
  if (contact === null) return { words: 'The order itself has not been reported yet.', says: null };
  const { hold } = folded.state;
  const at = Math.max(dueAt, now, hold?.until ?? now);
  const channel = channelsOf(step)[hop] ?? 'sms';
  const question = { brand, contact, order, step: step.id, occurrence: occurrence.id, kind, channel };
  const gate = await readGate(db, question, at);
  const guards = (step.unless ?? []).filter(
    (guard) => guard === 'member' || guard === 'reordered' || guard === 'asked_recently',
  );
  const message = { kind, channel, triggeredAt: occurrence.at, usefulUntil, inReply, guards };
  const { decision, where } = decide(message, gate, rules, at);
  const says = ruleOf(rules.packs, where.jurisdictions, decision.rule);
  const words = forecastInWords(decision, says, at);
  return { words: hold ? `${holdInWords(hold)} ${words}` : words, says: says ?? null };
}

function holdInWords({ until }: { readonly until?: number }): string {
  return until === undefined ? 'The order is on hold.' : `The order is on hold until ${iso(until)}.`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
