/** Shapes of several resources, as /openapi.json describes them: named values, closed lists, parts of pages. */
import { z } from 'zod';
import { CASE_KINDS_OF_ALL } from '../../domain/conversation/inbound.ts';
import {
  CHANNELS,
  MESSAGE_CLASSES,
  MESSAGE_KINDS,
  MESSAGE_STATES,
  isMessageKind,
} from '../../domain/sending/message.ts';
import type { FailureReason, SkipReason, WaitReason } from '../../domain/sending/reason.ts';
import { FAILURE_REASONS, SKIP_REASONS, WAIT_REASONS } from '../../domain/sending/reason.ts';

/**
 * Gives a shape its name in the description, which others refer to, and an example, which the renderer shows and a
 * test checks. A name stands for one shape: a request and an answer that differ have names of their own.
 */
export function named<Schema extends z.ZodType>(id: string, schema: Schema, example?: z.input<Schema>): Schema {
  return schema.meta({ id, ...(example !== undefined && { examples: [example] }) });
}

/** ISO 8601 in UTC. */
export const moment = z.iso.datetime();

/** An object whose fields are not ours to list. */
export const anyObject: z.ZodType<object> = z.looseObject({});

export const messageKind = named('MessageKind', z.enum(Object.keys(MESSAGE_KINDS).filter(isMessageKind)));
export const messageClass = named('MessageClass', z.enum(MESSAGE_CLASSES));
export const messageState = named('MessageState', z.enum(MESSAGE_STATES));
export const channel = named('Channel', z.enum(CHANNELS));
export const caseKind = named('CaseKind', z.enum(CASE_KINDS_OF_ALL));
export const outcome = named('Outcome', z.enum(['send', 'wait', 'skip']));
type Reason = SkipReason | WaitReason | FailureReason;
const REASON_LISTS = [SKIP_REASONS, WAIT_REASONS, FAILURE_REASONS] as const;
/** Why a message waits, is not sent, or has failed. The same word stands in the decision, the log line and the metric. */
export const reason = named(
  'Reason',
  z.enum([...new Set(REASON_LISTS.flatMap((list) => Object.keys(list) as Reason[])), 'unknown' as const]),
);

/** Absent on the last page. */
export const nextPage = z.string().optional().describe('Pass as `after` for the next page; absent on the last one');

export const pageSize = z.coerce.number().int().min(1).max(100).default(50);

const note = named(
  'Note',
  z.object({ pointer: z.string().describe('The field, as a JSON pointer'), detail: z.string() }),
);
export const notes = z
  .array(note)
  .optional()
  .describe('What was taken in differently from how it was sent, or will be left out of texts, and why');

export const problemSchema = named(
  'Problem',
  z.object({
    type: z.string().describe('`urn:dopo:problem:` and the code, which each response lists'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().describe('Id of the request, as in the X-Request-Id header and the log'),
    errors: z
      .array(
        z.object({
          pointer: z
            .string()
            .describe('A JSON pointer into the body, `?name` for a query parameter, or the name of a header'),
          detail: z.string(),
        }),
      )
      .optional(),
  }),
  {
    type: 'urn:dopo:problem:invalid',
    title: 'The request has mistakes',
    status: 422,
    detail: '1 mistake; see errors.',
    instance: '0b8f6a3e-5c1d-4d0e-9f57-0a4f5a3a6f11',
    errors: [{ pointer: '/currency', detail: 'must be a currency of ISO 4217, such as EUR' }],
  },
);
