/** The schema of a journey file. `parseJourney` turns the text of one into a definition, or says where it is wrong. */
import { z } from 'zod';
import { parseDuration } from '../domain/time/duration.ts';
import {
  CASE_KINDS,
  CYCLES,
  DEFAULT_FAILOVER_AFTER,
  FULFILMENTS,
  GUARDS,
  HISTORIES,
  HOLDS,
  TRIGGERS,
} from '../domain/journey/journey.ts';
import type { JourneyDefinition, Step, StepCondition, Trigger } from '../domain/journey/journey.ts';
import { CHANNELS, MESSAGE_KINDS, isMessageKind, isPlannable, kindRule } from '../domain/sending/message.ts';
import type { MessageKind } from '../domain/sending/message.ts';
import { parseYaml } from '../kit/yaml-file.ts';

const SENDABLE = Object.keys(MESSAGE_KINDS).filter(
  (kind): kind is MessageKind => isMessageKind(kind) && isPlannable(kind),
);

const duration = z.string().refine((text) => parseDuration(text) !== undefined, 'not a duration such as 10m, 2h or 5d');

const condition = z.strictObject({
  fulfilment: z.array(z.enum(FULFILMENTS)).min(1).exactOptional(),
  cycle: z.array(z.enum(CYCLES)).min(1).exactOptional(),
  history: z.array(z.enum(HISTORIES)).min(1).exactOptional(),
  guide: z.boolean().exactOptional(),
  consumable: z.boolean().exactOptional(),
  complement: z.boolean().exactOptional(),
  parcel_by_parcel: z.boolean().exactOptional(),
}) satisfies z.ZodType<StepCondition>;

const step = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9_]{1,30}$/, 'lower-case letters, digits and underscores')
    .exactOptional(),
  send: z.enum(SENDABLE).exactOptional(),
  open_case: z.enum(CASE_KINDS).exactOptional(),
  when: z.enum(TRIGGERS),
  or_when: z.enum(TRIGGERS).exactOptional(),
  after: duration.exactOptional(),
  for: condition.exactOptional(),
  unless: z.array(z.enum(GUARDS)).min(1).exactOptional(),
  hold_while: z.array(z.enum(HOLDS)).min(1).exactOptional(),
  channels: z
    .array(z.enum(CHANNELS))
    .min(2, 'at least two channels: a step without any goes out as sms')
    .refine((channels) => new Set(channels).size === channels.length, 'every channel once')
    .exactOptional(),
  failover_after: duration
    .refine((text) => (parseDuration(text) ?? 1) > 0, 'a duration of more than nothing')
    .exactOptional(),
});

type WrittenStep = z.infer<typeof step>;

const journey = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/, 'lower-case letters, digits and dashes'),
  version: z.int().min(1),
  // Asked even of steps that have other mistakes, so that all are reported at once.
  steps: z
    .array(step)
    .min(1)
    .superRefine(checkTogether, { when: ({ value }) => Array.isArray(value) }),
});

/** Triggers whose moment is known before it comes. */
const PREDICTED: readonly unknown[] = ['run_out', 'promise_passed', 'never_arrived'] satisfies Trigger[];

/** Rules about several values: one act per step, one step per id, nothing before its trigger is known. */
function checkTogether(steps: readonly unknown[], context: z.core.$RefinementCtx): void {
  const mistake = (path: PropertyKey[], message: string): void => context.addIssue({ code: 'custom', path, message });
  const ids = new Set<unknown>();
  for (const [index, given] of steps.entries()) {
    if (typeof given !== 'object' || given === null) continue;
    // Not checked yet: any value may be of a wrong type or missing.
    const {
      id,
      send,
      open_case,
      when,
      after,
      unless,
      hold_while,
      channels,
      failover_after,
    }: { [K in keyof WrittenStep]?: unknown } = given;
    if ((send === undefined) === (open_case === undefined)) mistake([index], 'a step has either send or open_case');
    const name = id ?? send ?? open_case;
    if (typeof name === 'string' && ids.has(name))
      mistake([index], `a second step named ${name}: give it an id of its own`);
    ids.add(name);
    if (typeof after === 'string' && after.startsWith('-') && !PREDICTED.includes(when))
      mistake(
        [index, 'after'],
        `only ${PREDICTED.slice(0, -1).join(', ')} and ${String(PREDICTED.at(-1))} are known beforehand`,
      );
    if (hold_while !== undefined && send === undefined) mistake([index, 'hold_while'], 'only a message is held');
    for (const hold of common(unless, hold_while))
      mistake([index, 'hold_while'], `${hold} stands under unless, which ends the step at once`);
    if (channels !== undefined && send === undefined) mistake([index, 'channels'], 'only a message has channels');
    if (failover_after !== undefined && channels === undefined)
      mistake([index, 'failover_after'], 'nothing to turn to: the step names no channels');
    if (outlasts(failover_after, send)) mistake([index, 'failover_after'], `${send} is of no use any more by then`);
  }
}

function common(some: unknown, others: unknown): readonly string[] {
  const [words, wanted] = [some, others].map((list) => (Array.isArray(list) ? list.map(String) : []));
  return (words ?? []).filter((word) => wanted?.includes(word));
}

/** A channel that is turned to when the message has become useless would never be used. */
function outlasts(after: unknown, send: unknown): send is MessageKind {
  if (typeof after !== 'string' || typeof send !== 'string' || !isMessageKind(send)) return false;
  return (parseDuration(after) ?? 0) >= kindRule(send).usefulFor;
}

/** Throws FileMistakes with every mistake of the file. `file` is the name shown to people. */
export function parseJourney(text: string, file: string): JourneyDefinition {
  const { name, version, steps } = parseYaml(text, file, journey).value;
  return { name, version, steps: steps.map(toStep) };
}

function toStep(written: WrittenStep): JourneyDefinition['steps'][number] {
  const { send, open_case: open, id = send ?? open, when, after, unless, or_when: orWhen, for: condition } = written;
  const { hold_while: holdWhile, channels, failover_after: failoverAfter = DEFAULT_FAILOVER_AFTER } = written;
  const act: Step['act'] | undefined = send === undefined ? open && { open } : { send };
  if (!act || id === undefined) throw new Error('a step without an act has passed the check');
  return {
    id,
    act,
    when,
    ...(after !== undefined && { after }),
    ...(unless && { unless }),
    ...(holdWhile && { holdWhile }),
    ...(orWhen !== undefined && { orWhen }),
    ...(channels && { failover: { channels, after: failoverAfter } }),
    ...(condition && { for: condition }),
  };
}
