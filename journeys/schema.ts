/** What a journey file may say. `parseJourney` turns the text of one into a definition, or says where it is wrong. */
import { z } from 'zod';
import { parseDuration } from '../domain/duration.ts';
import { CASE_KINDS, CYCLES, FULFILMENTS, GUARDS, HISTORIES, TRIGGERS } from '../domain/journey.ts';
import type { JourneyDefinition, Step, StepCondition } from '../domain/journey.ts';
import { MESSAGE_KINDS, isMessageKind, kindRule } from '../domain/message.ts';
import type { MessageKind } from '../domain/message.ts';
import type { Mistake } from '../yaml-file.ts';
import { FileMistakes, parseYaml } from '../yaml-file.ts';

/** Compliance messages answer a keyword; no journey plans them. */
const SENDABLE = Object.keys(MESSAGE_KINDS).filter(
  (kind): kind is MessageKind => isMessageKind(kind) && kindRule(kind).class !== 'compliance',
);

const duration = z.string().refine((text) => parseDuration(text) !== undefined, 'not a duration such as 10m, 2h or 5d');

const condition = z.strictObject({
  fulfilment: z.array(z.enum(FULFILMENTS)).min(1).exactOptional(),
  cycle: z.array(z.enum(CYCLES)).min(1).exactOptional(),
  history: z.array(z.enum(HISTORIES)).min(1).exactOptional(),
  guide: z.boolean().exactOptional(),
  consumable: z.boolean().exactOptional(),
  complement: z.boolean().exactOptional(),
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
});

const journey = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/, 'lower-case letters, digits and dashes'),
  version: z.int().min(1),
  steps: z.array(step).min(1),
});

/** Throws FileMistakes with every mistake of the file. `file` is the name shown to people. */
export function parseJourney(text: string, file: string): JourneyDefinition {
  const { value, mistakeAt } = parseYaml(text, file, journey);
  const mistakes: Mistake[] = [];
  const ids = new Set<string>();
  const steps = value.steps.flatMap((written, index) => {
    const at = ['steps', index];
    const act = actOf(written);
    if (!act) {
      mistakes.push(mistakeAt(at, 'a step has either send or open_case'));
      return [];
    }
    const id = written.id ?? written.send ?? written.open_case ?? '';
    if (ids.has(id)) mistakes.push(mistakeAt(at, `a second step named ${id}: give it an id of its own`));
    ids.add(id);
    const optional = { after: written.after, unless: written.unless, orWhen: written.or_when, for: written.for };
    const present = Object.fromEntries(Object.entries(optional).filter(([, given]) => given !== undefined));
    return [{ id, act, when: written.when, ...present }];
  });
  if (mistakes.length > 0) throw new FileMistakes(file, mistakes);
  return { name: value.name, version: value.version, steps };
}

function actOf({ send, open_case }: z.infer<typeof step>): Step['act'] | undefined {
  if (send !== undefined) return open_case === undefined ? { send } : undefined;
  return open_case === undefined ? undefined : { open: open_case };
}
