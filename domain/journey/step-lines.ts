/**
 * Reads the compiled form of before: one line per step, such as `care_tips @delivered+3d !refunded ~open_case`. Runs under way, recorded
 * histories and stored orders have it. Nothing writes it any more.
 */
import { isMessageKind } from '../sending/message.ts';

const LINE =
  /^(\w+)(?:>([\w:]+))? @(\w+?)(?:\+(\w+)|(-\w+))?(?:\|(\w+))?((?: !\w+)*)((?: ~\w+)*)(?: \^([\w>]+)\+(\w+))?$/;

/** The step of a line, with words that the caller checks. Undefined: no line of that form. */
export function readStepLine(line: string): Readonly<Record<string, unknown>> | undefined {
  const found = LINE.exec(line);
  if (!found) return undefined;
  const [, id = '', act = id, when, plus, minus, orWhen, guards = '', holds = '', channels, failoverAfter] = found;
  const [unless, holdWhile] = [guards.split(' !').slice(1), holds.split(' ~').slice(1)];
  return {
    id,
    act: isMessageKind(act) ? { send: act } : { open: act.startsWith('case:') ? act.slice('case:'.length) : '' },
    when,
    after: plus ?? minus,
    orWhen,
    unless: unless.length > 0 ? unless : undefined,
    holdWhile: holdWhile.length > 0 ? holdWhile : undefined,
    channels: channels?.split('>'),
    failoverAfter,
  };
}
