/**
 * A journey as it travels and is stored: JSON with the number of its form and a compact key per word, for example
 *
 *   { "form": 2, "name": "standard", "version": 5, "steps": [
 *     { "i": "order_confirmation", "w": "placed" },
 *     { "i": "delivery_overdue", "s": "delivery_delayed", "w": "promise_passed", "u": ["delivered", "at_pickup"] },
 *     { "i": "low_rating_case", "o": "low_rating", "w": "rated_low" },
 *     { "i": "care_tips", "w": "delivered", "a": "3d", "u": ["refunded"], "h": ["open_case"] } ] }
 *
 * Without `s` and `o` a step sends the kind of its name. The keys of the other words are in words.ts.
 */
import { isMessageKind } from '../sending/message.ts';
import type { CompiledForm, CompiledJourney, CompiledStep } from './compiled-form.ts';
import type { Journey, Step } from './journey.ts';
import { CASE_KINDS } from './journey.ts';
import { TRIGGERS } from './trigger.ts';
import { STEP_WORDS, WORDS, isWordValue } from './words.ts';

const FORM: CompiledForm = 2;

export function compileJourney({ name, version, steps }: Journey): CompiledJourney {
  return { form: FORM, name, version, steps: steps.map(compileStep) };
}

/** The journey of either form. Throws RangeError for one that no version of this code has written. */
export function expandJourney({ name, version, form, steps }: CompiledJourney): Journey {
  if (form !== undefined && form !== FORM)
    throw new RangeError(`a compiled journey of a later version: form ${String(form)}`);
  return { name, version, steps: steps.map(expandStep) };
}

function compileStep(step: Step): CompiledStep {
  const { id, act, when } = step;
  const words = WORDS.map((word) => [STEP_WORDS[word].wire, step[word]] as const);
  return {
    i: id,
    ...('open' in act ? { o: act.open } : act.send !== id && { s: act.send }),
    w: when,
    ...Object.fromEntries(words.filter(([, value]) => value !== undefined)),
  };
}

function expandStep(compiled: CompiledStep | string): Step {
  const read = typeof compiled === 'string' ? readStepLine(compiled) : readStep(compiled);
  if (!read || !isStep(read)) throw new RangeError(`not a compiled step: ${JSON.stringify(compiled)}`);
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined)) as unknown as Step;
}

const WIRE: ReadonlyMap<string, string> = new Map(WORDS.map((word) => [STEP_WORDS[word].wire, word]));

/**
 * Undefined: the step has a word that this version does not know. Without that word the step could send a message
 * that the word rules out.
 */
function readStep({ i, s = i, o, w, ...words }: CompiledStep): Readonly<Record<string, unknown>> | undefined {
  const entries = Object.entries(words).map(([wire, value]) => [WIRE.get(wire), value] as const);
  if (entries.some(([word]) => word === undefined)) return undefined;
  return { id: i, act: o === undefined ? { send: s } : { open: o }, when: w, ...Object.fromEntries(entries) };
}

function isStep(read: Readonly<Record<string, unknown>>): boolean {
  const { id, act, when } = read;
  return (
    typeof id === 'string' &&
    isAct(act) &&
    typeof when === 'string' &&
    Object.hasOwn(TRIGGERS, when) &&
    WORDS.every((word) => read[word] === undefined || isWordValue(STEP_WORDS[word].value, read[word]))
  );
}

function isAct(act: unknown): boolean {
  if (typeof act !== 'object' || act === null) return false;
  if ('open' in act) return CASE_KINDS.some((kind) => kind === act.open);
  return 'send' in act && typeof act.send === 'string' && isMessageKind(act.send);
}

/** A step in the form of before, such as `care_tips @delivered+3d !refunded ~open_case`. Nothing writes it any more. */
const LINE =
  /^(\w+)(?:>([\w:]+))? @(\w+?)(?:\+(\w+)|(-\w+))?(?:\|(\w+))?((?: !\w+)*)((?: ~\w+)*)(?: \^([\w>]+)\+(\w+))?$/;

/** The step of a line, with words that the caller checks. Undefined: no line of that form. */
function readStepLine(line: string): Readonly<Record<string, unknown>> | undefined {
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
