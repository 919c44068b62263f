/**
 * A journey as it travels: one short line per step, readable in Temporal UI and within 2 KB for every kind of order, where
 * plain JSON of the same steps takes 2.8 KB. For example
 *
 *   order_confirmation @placed
 *   delivery_overdue>delivery_delayed @promise_passed !delivered
 *   low_rating_case>case:low_rating @rated_low
 *   review_after_support>review_invitation @rated_low+7d|case_closed
 *   shipped @shipped !on_its_way ^rcs>sms+10m
 *   care_tips @delivered+3d !refunded ~open_case
 */
import { parseDuration } from '../time/duration.ts';
import type { CaseKind, Failover, Guard, Hold, Journey, Step, Trigger } from './journey.ts';
import { CASE_KINDS, GUARDS, HOLDS, TRIGGERS } from './journey.ts';
import type { Channel } from '../sending/message.ts';
import { CHANNELS, isMessageKind } from '../sending/message.ts';

export interface CompiledJourney {
  readonly name: string;
  readonly version: number;
  readonly steps: readonly string[];
}

export function compileJourney({ name, version, steps }: Journey): CompiledJourney {
  return { name, version, steps: steps.map(compileStep) };
}

/** The inverse of `compileJourney`. Throws RangeError for a line that no version of this code has written. */
export function expandJourney({ name, version, steps }: CompiledJourney): Journey {
  return { name, version, steps: steps.map(expandStep) };
}

function compileStep(step: Step): string {
  const act = 'send' in step.act ? step.act.send : `case:${step.act.open}`;
  const what = act === step.id ? step.id : `${step.id}>${act}`;
  const delay = step.after === undefined ? '' : step.after.startsWith('-') ? step.after : `+${step.after}`;
  const shortcut = step.orWhen === undefined ? '' : `|${step.orWhen}`;
  const guards = (step.unless ?? []).map((guard) => `!${guard}`);
  const holds = (step.holdWhile ?? []).map((hold) => `~${hold}`);
  const channels = step.failover ? [`^${step.failover.channels.join('>')}+${step.failover.after}`] : [];
  return [what, `@${step.when}${delay}${shortcut}`, ...guards, ...holds, ...channels].join(' ');
}

const LINE =
  /^(\w+)(?:>([\w:]+))? @(\w+?)(?:\+(\w+)|(-\w+))?(?:\|(\w+))?((?: !\w+)*)((?: ~\w+)*)(?: \^([\w>]+)\+(\w+))?$/;

function expandStep(line: string): Step {
  const [, id = '', act = id, when = '', plus, minus, orWhen, guards = '', holds = '', channels, wait = ''] =
    LINE.exec(line) ?? [];
  const after = plus ?? minus;
  const unless = guards.split(' !').slice(1);
  const holdWhile = holds.split(' ~').slice(1);
  if (
    !isTrigger(when) ||
    (orWhen !== undefined && !isTrigger(orWhen)) ||
    (after !== undefined && parseDuration(after) === undefined) ||
    !unless.every(isGuard) ||
    !holdWhile.every(isHold)
  )
    throw new RangeError(`not a compiled step: ${line}`);
  return {
    id,
    act: expandAct(act, line),
    when,
    ...(after !== undefined && { after }),
    ...(orWhen !== undefined && { orWhen }),
    ...(unless.length > 0 && { unless }),
    ...(holdWhile.length > 0 && { holdWhile }),
    ...(channels !== undefined && { failover: expandFailover(channels, wait, line) }),
  };
}

function expandFailover(list: string, after: string, line: string): Failover {
  const channels = list.split('>');
  if (!channels.every(isChannel) || parseDuration(after) === undefined)
    throw new RangeError(`not a compiled step: ${line}`);
  return { channels, after };
}

function expandAct(act: string, line: string): Step['act'] {
  if (isMessageKind(act)) return { send: act };
  const open = act.startsWith('case:') ? act.slice('case:'.length) : '';
  if (isCaseKind(open)) return { open };
  throw new RangeError(`not a compiled step: ${line}`);
}

const isOneOf =
  <T extends string>(values: readonly T[]) =>
  (value: string): value is T =>
    (values as readonly string[]).includes(value);
const isTrigger = isOneOf<Trigger>(TRIGGERS);
const isGuard = isOneOf<Guard>(GUARDS);
const isHold = isOneOf<Hold>(HOLDS);
const isCaseKind = isOneOf<CaseKind>(CASE_KINDS);
const isChannel = isOneOf<Channel>(CHANNELS);
