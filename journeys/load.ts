/**
 * Reads journey files. The schema is made from the words of a step (domain/journey/words.ts). `parseJourney` turns the text of a file into a
 * definition, or says where it is wrong.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JourneyDefinition } from '../domain/journey/journey.ts';
import { z } from 'zod';
import { CASE_KINDS, CONDITIONS } from '../domain/journey/journey.ts';
import { TRIGGER_NAMES } from '../domain/journey/trigger.ts';
import type { StepWords, WordValue, WrittenStep } from '../domain/journey/words.ts';
import { STEP_WORDS, WORDS } from '../domain/journey/words.ts';
import type { MessageKind } from '../domain/sending/message.ts';
import { MESSAGE_KINDS, isMessageKind, isPlannable } from '../domain/sending/message.ts';
import { parseDuration } from '../domain/time/duration.ts';
import { parseYaml } from '../kit/yaml-file.ts';

const SENDABLE = Object.keys(MESSAGE_KINDS).filter(
  (kind): kind is MessageKind => isMessageKind(kind) && isPlannable(kind),
);

const duration = z.string().refine((text) => parseDuration(text) !== undefined, 'not a duration such as 10m, 2h or 5d');

function schemaOf(value: WordValue): z.ZodType {
  switch (value.kind) {
    case 'duration':
      return duration;
    case 'one_of':
      return z.enum(value.names);
    case 'list_of': {
      const { once } = value;
      return z
        .array(z.enum(value.names))
        .min(1)
        .refine((list) => once === undefined || new Set(list).size === list.length, once);
    }
  }
}

const condition = z.strictObject(
  Object.fromEntries(
    Object.entries(CONDITIONS).map(([key, row]) => {
      const asked = 'names' in row ? z.array(z.enum(row.names)).min(1) : z.boolean();
      return [key, asked.exactOptional()];
    }),
  ),
);

const step = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9_]{1,30}$/, 'lower-case letters, digits and underscores')
    .exactOptional(),
  send: z.enum(SENDABLE).exactOptional(),
  open_case: z.enum(CASE_KINDS).exactOptional(),
  when: z.enum(TRIGGER_NAMES),
  for: condition.exactOptional(),
  ...Object.fromEntries(WORDS.map((word) => [STEP_WORDS[word].file, schemaOf(STEP_WORDS[word].value).exactOptional()])),
});

const journey = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/, 'lower-case letters, digits and dashes'),
  version: z.int().min(1),
  // Asked even of steps that have other mistakes, so that all are reported at once.
  steps: z
    .array(step)
    .min(1)
    .superRefine(checkTogether, { when: ({ value }) => Array.isArray(value) }),
});

/** Rules about several values: one act per step, one step per id, and those of the words. */
function checkTogether(steps: readonly unknown[], context: z.core.$RefinementCtx): void {
  const mistake = (path: PropertyKey[], message: string): void => context.addIssue({ code: 'custom', path, message });
  const ids = new Set<unknown>();
  for (const [index, given] of steps.entries()) {
    if (!isObject(given)) continue;
    const { id, send, open_case } = given;
    if ((send === undefined) === (open_case === undefined)) mistake([index], 'a step has either send or open_case');
    const name = id ?? send ?? open_case;
    if (typeof name === 'string' && ids.has(name))
      mistake([index], `a second step named ${name}: give it an id of its own`);
    ids.add(name);
    for (const word of WORDS) {
      const { file, mistake: found } = STEP_WORDS[word];
      const against = given[file] === undefined ? undefined : found?.(given[file], given);
      if (against !== undefined) mistake([index, file], against);
    }
  }
}

function isObject(given: unknown): given is WrittenStep {
  return typeof given === 'object' && given !== null;
}

/** Throws FileMistakes with every mistake of the file. `file` is the name shown to people. */
export function parseJourney(text: string, file: string): JourneyDefinition {
  const { name, version, steps } = parseYaml(text, file, journey).value;
  return { name, version, steps: steps.map(toStep) };
}

function toStep(written: z.infer<typeof step>): JourneyDefinition['steps'][number] {
  const { send, open_case: open, id = send ?? open, when } = written;
  const act = send === undefined ? open && { open } : { send };
  if (!act || id === undefined) throw new Error('a step without an act has passed the check');
  // The schema has checked every word by its row of the table.
  const words = Object.fromEntries(
    WORDS.flatMap((word) => {
      const { file, otherwise } = STEP_WORDS[word];
      const value: unknown = (written as WrittenStep)[file] ?? otherwise?.(written);
      return value === undefined ? [] : [[word, value]];
    }),
  ) as StepWords;
  return { id, act, when, ...words, ...(written.for && { for: written.for }) };
}

/** The journey every order follows. Throws FileMistakes. */
export function loadStandardJourney(): JourneyDefinition {
  return loadJourney(fileURLToPath(new URL('standard.yaml', import.meta.url)), 'journeys/standard.yaml');
}

/** Reads a journey file; `shown` is the name used in messages. Throws FileMistakes, or the file system's own error. */
export function loadJourney(path: string, shown: string = path): JourneyDefinition {
  return parseJourney(readFileSync(path, 'utf8'), shown);
}
