/** Explains from the record and the rules why an order's customer got a message of some kind, did not get it, or when it will come. */
import type { ForecastAt, SaidRule } from '../../domain/sending/gate/explanation.ts';
import {
  forecastInWords,
  holdForecastInWords,
  holdInWords,
  ruleOf,
  triggerInWords,
} from '../../domain/sending/gate/explanation.ts';
import { isReturned } from '../../domain/orders/facts.ts';
import type { JourneyDefinition, Step } from '../../domain/journey/journey.ts';
import { intentOf, planOf } from '../../domain/journey/run.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import { kindRule } from '../../domain/sending/message.ts';
import type { PlannedStep } from '../../domain/journey/plan.ts';
import { stepKey, whenDue } from '../../domain/journey/plan.ts';
import type { SkipReason } from '../../domain/sending/reason.ts';
import { SKIP_REASONS } from '../../domain/sending/reason.ts';
import type { Db } from '../../db/connection/connect.ts';
import { UnknownCursor } from '../../db/connection/pages.ts';
import type { DecidedRow, DecisionView } from '../sending/decisions.ts';
import { decisionsOfSteps, toDecisionView } from '../sending/decisions.ts';
import { readGate } from '../../db/sending/gate/gate.ts';
import type { RuleData } from '../../domain/rules/rule-data.ts';
import { decide } from '../../domain/sending/gate/decide.ts';
import type { ExplainedMessage, ExplainedStatus } from './explained-message.ts';
import { explainMissingStep, explainLedgerMessage } from './explained-message.ts';
import type { LastMessage } from '../../db/orders/order-history.ts';
import { readReplies } from '../../db/orders/order-history.ts';
import type { FoldedOrder } from '../../db/orders/folded-order.ts';
import { foldOrder } from '../../db/orders/folded-order.ts';

export interface Explanation {
  readonly order: string;
  readonly message: MessageKind;
  readonly explained: readonly ExplainedMessage[];
  /** Pass as `after` for the next page. Absent: this is the last one. */
  readonly next?: string;
}

export interface ExplainQuery {
  readonly brand: string;
  readonly order: string;
  readonly kind: MessageKind;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
}

/** Messages explained per page: each one that is still to come asks the gate, which takes some milliseconds. */
const PAGE = 50;

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
  { brand, order, kind, after }: ExplainQuery,
  definition: JourneyDefinition,
  rules: RuleData,
  now: number,
): Promise<Explanation | undefined> {
  const folded = await foldOrder(db, brand, order, now);
  if (!folded) return undefined;
  // An occurrence may vanish between two pages, when an event changes the plan. Its step cannot.
  if (after !== undefined && !stepsOf(folded, kind).has(after.split('#', 1)[0] ?? '')) throw new UnknownCursor();
  const asked: Asked = { db, brand, kind, rules, now, folded };
  const found = occurrencesOf(asked).filter(({ key }) => after === undefined || key > after);
  const page = found.slice(0, PAGE);
  const explained = await explainPage(asked, page);
  const last = page.at(-1);
  const head = { order, message: kind };
  if (found.length > PAGE && last) return { ...head, explained, next: last.key };
  explained.push(...(await repliesOf(asked)));
  if (explained.length === 0 && after === undefined) explained.push(explainMissingStep(kind, folded, definition));
  return { ...head, explained };
}

/** An occurrence of a step that sends the kind, with its message or plan. */
interface Occasion {
  readonly key: string;
  readonly step: Step;
  /** Absent: the event that the step waits for has not happened. */
  readonly occurrence?: string;
  readonly message?: LastMessage;
  readonly coming?: Coming;
}

/** The steps of the order's journey that send the kind, by id. */
function stepsOf({ journey }: FoldedOrder, kind: MessageKind): ReadonlyMap<string, Step> {
  const sending = journey?.steps.filter(({ act }) => 'send' in act && act.send === kind) ?? [];
  return new Map(sending.map((step) => [step.id, step]));
}

/** Sorted by key. */
function occurrencesOf({ kind, now, folded }: Asked): Occasion[] {
  const { history, run } = folded;
  const steps = stepsOf(folded, kind);
  if (steps.size === 0) return [];
  const { due, skips, later } = planOf(run, now);
  const found = new Map<string, Occasion>();
  const add = (step: Step | undefined, occurrence: string, known: Pick<Occasion, 'message' | 'coming'> = {}): void => {
    if (!step) return;
    const key = stepKey(step.id, occurrence);
    found.set(key, { ...found.get(key), key, step, occurrence, ...known });
  };
  for (const { step, occurrence } of history.decisions) add(steps.get(step), occurrence);
  for (const message of history.messages) add(steps.get(message.step), message.occurrence, { message });
  for (const coming of [...due, ...skips, ...later]) add(steps.get(coming.step.id), coming.occurrence.id, { coming });
  const started = new Set([...found.values()].map(({ step }) => step.id));
  for (const step of steps.values()) if (!started.has(step.id)) found.set(step.id, { key: step.id, step });
  return [...found.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

async function explainPage(asked: Asked, page: readonly Occasion[]): Promise<ExplainedMessage[]> {
  const { db, brand, folded } = asked;
  const taken = page.flatMap(({ step, occurrence }) =>
    occurrence === undefined ? [] : [{ step: step.id, occurrence }],
  );
  const decisions = await decisionsOfSteps(db, { brand, order: folded.history.order.id }, taken);
  const made = Map.groupBy(decisions, ({ step, occurrence }) => stepKey(step, occurrence));
  const explained: ExplainedMessage[] = [];
  for (const { key, step, occurrence, message, coming } of page)
    explained.push(
      occurrence === undefined
        ? await notDue(asked, step)
        : await explainKey(asked, key, {
            made: made.get(key) ?? [],
            message,
            coming,
            isOnce: occurrence === '',
          }),
    );
  return explained;
}

/** Replies of the kind to what the customer wrote about the order. */
async function repliesOf({ db, brand, kind, folded }: Asked): Promise<ExplainedMessage[]> {
  const replies = await readReplies(db, brand, folded.history.order.id, kind);
  return replies.map((message) => explainLedgerMessage(message, []));
}

/** A step that is still to come; `reason`: it will not be sent. */
type Coming = PlannedStep & { readonly reason?: SkipReason };

interface Evidence {
  readonly made: readonly DecidedRow[];
  readonly message: LastMessage | undefined;
  readonly coming: Coming | undefined;
  /**
   * The step can happen only once. If it can happen several times, a later occurrence may replace one that waits,
   * such as a new delivery date.
   */
  readonly isOnce: boolean;
}

type Said = Pick<DecisionView, 'words'> & Partial<Pick<DecisionView, 'says' | 'until'>>;

async function explainKey(
  asked: Asked,
  key: string,
  { made, message, coming, isOnce }: Evidence,
): Promise<ExplainedMessage> {
  const decisions = made.map((row) => toDecisionView(row, asked.rules.packs));
  if (message && message.state !== 'planned') return explainLedgerMessage(message, decisions);
  const said = (status: ExplainedStatus, { words, says = null, until = null }: Said): ExplainedMessage => {
    return { key, status, at: until, words, says, decisions };
  };
  if (coming?.reason !== undefined)
    return said('not_sent', { words: `Not sent: ${SKIP_REASONS[coming.reason].words}.` });
  if (coming?.heldBy) return said('waiting', await heldOf(asked, coming, coming.heldBy));
  const last = decisions.at(-1);
  if (last?.outcome === 'wait' && !coming && !isOnce)
    return said('not_sent', { words: `Not sent: ${SKIP_REASONS.superseded.words}.` });
  if (last?.outcome === 'wait') return said('waiting', last);
  if (last?.outcome === 'skip') return said('not_sent', last);
  if (!coming) return said('under_way', { words: 'It is being sent.' });
  const forecast = await forecastOf(asked, coming);
  return said('planned', { ...forecast, until: iso(coming.dueAt) });
}

/** The step's trigger has not happened. The answer also says how the gate would decide if it happened now. */
async function notDue(asked: Asked, step: Step): Promise<ExplainedMessage> {
  const { folded, now } = asked;
  const { facts_removed_at: removedAt } = folded.history.order;
  if (removedAt) {
    const words = `Not sent. The order is over, and its events are gone since ${removedAt.toISOString()}.`;
    return { key: step.id, status: 'not_sent', at: null, words, says: null, decisions: [] };
  }
  const { facts } = folded.run.state;
  const ended = facts.cancelledAt !== undefined || isReturned(facts);
  const waits = `Not due: it goes out ${triggerInWords(step)}, which has not happened${ended ? ', and the order is over' : ''}.`;
  const usefulUntil = now + kindRule(asked.kind).usefulFor;
  const forecast = await forecastOf(asked, {
    key: step.id,
    step,
    occurrence: { id: '', at: now },
    channelIndex: 0,
    dueAt: now,
    usefulUntil,
    inReply: false,
  });
  return {
    key: step.id,
    status: 'not_due',
    at: null,
    words: `${waits} ${forecast.words}`,
    says: forecast.says,
    decisions: [],
  };
}

/**
 * After its cases are closed the message may still be refused, for example because the person has said STOP, so the
 * gate is asked too.
 */
async function heldOf(asked: Asked, coming: PlannedStep, cases: readonly string[]): Promise<Said> {
  const held = holdInWords(cases, coming.usefulUntil);
  const { refused, words, says } = await gateForecast(asked, coming, forecastAt(asked, coming));
  return refused ? { words: `${held} ${words}`, says } : { words: held };
}

interface Forecast {
  readonly words: string;
  readonly says: SaidRule | null;
  /** The message would not be sent. */
  readonly refused: boolean;
}

/**
 * The answer that the run would give when the step is due, or when a pause ends. Where the run would ask the gate,
 * the answer of the gate.
 */
async function forecastOf(asked: Asked, item: PlannedStep): Promise<Forecast> {
  const { folded } = asked;
  if (folded.history.order.contact_id === null)
    return { words: 'The order itself has not been reported yet.', says: null, refused: false };
  const when = forecastAt(asked, item);
  const answer = whenDue(item, folded.run.state, when.at);
  switch (answer.kind) {
    case 'skip': {
      const decision = { kind: 'skip', reason: answer.reason, rule: `journey.${answer.reason}` } as const;
      return { words: forecastInWords(decision, undefined, when), says: null, refused: true };
    }
    case 'hold': {
      const { refused, words, says } = await gateForecast(asked, item, when);
      return refused
        ? { refused, words, says }
        : { words: holdForecastInWords(answer.cases, when), says: null, refused };
    }
    case 'perform':
      return gateForecast(asked, item, when);
  }
}

function forecastAt({ now, folded }: Asked, { dueAt }: PlannedStep): ForecastAt {
  const { hold } = folded.run.state;
  return { at: Math.max(dueAt, now, hold?.until ?? now), now, ...(hold && { hold }) };
}

async function gateForecast(
  { db, brand, kind, rules, folded }: Asked,
  item: PlannedStep,
  when: ForecastAt,
): Promise<Forecast> {
  const { id: order, contact_id: contact } = folded.history.order;
  const intent = intentOf({ brand, order, contact: contact ?? '' }, item, kind);
  const gate = await readGate(db, intent, when.at);
  const { decision, where } = decide(intent, gate, rules, when.at);
  const says = ruleOf(rules.packs, where.jurisdictions, decision.rule);
  return { words: forecastInWords(decision, says, when), says: says ?? null, refused: decision.kind === 'skip' };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
