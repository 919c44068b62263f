/** Query parameters. Unknown ones are mistakes. */
import { z } from 'zod';
import { LISTED_STATES } from '../../queries/sending/messages.ts';
import { OUTBOX_NAMES } from '../../domain/sending/outbox.ts';
import { isTimelineCursor } from '../../queries/orders/timeline-page.ts';
import { AUDIT_ACTIONS, AUDIT_SUBJECTS } from '../../domain/access/audit.ts';
import { MESSAGE_KINDS, isMessageKind } from '../../domain/sending/message.ts';
import { messageId, rowId } from './path-ids.ts';
import { instant, text } from './request-values.ts';

const pageSize = z.coerce.number().int().min(1).max(100).default(50);

export const listQuery = z.strictObject({
  contact: z.uuid().exactOptional(),
  after: text(64).exactOptional(),
  limit: pageSize,
});

export const orderQuery = z.strictObject({
  after: z.string().max(100).refine(isTimelineCursor, 'not the `next` of an earlier page').exactOptional(),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});

export const messagesQuery = z.strictObject({
  state: z.enum(LISTED_STATES),
  after: messageId.exactOptional(),
  limit: pageSize,
});

export const blocksQuery = z.strictObject({
  state: z.enum(['open', 'released']).default('open'),
  after: rowId.exactOptional(),
  limit: pageSize,
});

export const casesQuery = z.strictObject({
  open: z
    .enum(['true', 'false'])
    .default('true')
    .transform((open) => open === 'true'),
  after: rowId.exactOptional(),
  limit: pageSize,
});

/** The time and id of the last dead letter of the page before. */
const deadLetterPlace = z
  .string()
  .regex(/^\d{1,13}_[\da-f-]{1,36}$/, 'the `next` of a page')
  .transform((value) => {
    const [at = '', id = ''] = value.split('_');
    return { at: Number(at), id };
  });

export const deadLettersQuery = z.strictObject({
  outbox: z.enum(OUTBOX_NAMES).exactOptional(),
  after: deadLetterPlace.exactOptional(),
  limit: pageSize,
});

export const limitsQuery = z.strictObject({});

const messageKind = z.enum(Object.keys(MESSAGE_KINDS).filter(isMessageKind));

export const explainQuery = z.strictObject({ message: messageKind, after: text(200).exactOptional() });

export const decisionsQuery = z.strictObject({
  kind: messageKind.exactOptional(),
  before: rowId.exactOptional(),
  limit: pageSize,
});

export const forecastQuery = z.strictObject({
  hours: z.coerce.number().int().min(1).max(168).default(24),
  segments: z.coerce.number().int().min(1).max(10_000_000).exactOptional(),
  at: instant.exactOptional(),
});

/** `order:1001`, or `order` for all of a kind. */
const auditSubject = text(200)
  .transform((value) => {
    const [kind = '', ...id] = value.split(':');
    return { kind, ...(id.length > 0 && { id: id.join(':') }) };
  })
  .pipe(
    z.strictObject({
      kind: z.enum(AUDIT_SUBJECTS, {
        error: `a kind and an id, such as order:1001; kinds: ${AUDIT_SUBJECTS.join(', ')}`,
      }),
      id: text(128).exactOptional(),
    }),
  );

export const auditQuery = z
  .strictObject({
    actor: text(250).exactOptional(),
    action: z.enum(AUDIT_ACTIONS).exactOptional(),
    subject: auditSubject.exactOptional(),
    from: instant.exactOptional(),
    to: instant.exactOptional(),
    after: rowId.exactOptional(),
    limit: pageSize,
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['to'],
    error: 'before `from`',
  });
