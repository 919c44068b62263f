/** Requests and answers of the audit log. */
import { z } from 'zod';
import { AUDIT_ACTIONS, AUDIT_SUBJECTS } from '../../domain/access/audit.ts';
import { rowCursor, instant, text } from '../http/request-values.ts';
import { anyObject, moment, named, nextPage, pageSize } from '../http/schema.ts';

/** `order:1001`, or `order` for all subjects of that kind. */
const auditSubject = text(200)
  .transform((value) => {
    const [kind = '', ...id] = value.split(':');
    return { kind, ...(id.length > 0 && { id: id.join(':') }) };
  })
  .pipe(
    z.strictObject({
      kind: z.enum(AUDIT_SUBJECTS, {
        error: `must be a kind and an id, such as order:1001; kinds: ${AUDIT_SUBJECTS.join(', ')}`,
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
    after: rowCursor.exactOptional(),
    limit: pageSize,
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['to'],
    error: 'must not be before `from`',
  });

export const auditAnswer = named(
  'AuditPage',
  z.object({
    entries: z.array(
      named(
        'AuditEntry',
        z.object({
          id: z.string(),
          at: moment,
          actor: z.string().describe('The label of the API key, customer, or the name of a tool'),
          action: z.enum(AUDIT_ACTIONS),
          subject: z.object({ kind: z.enum(AUDIT_SUBJECTS), id: z.string() }),
          reason: z.string().optional(),
          before: anyObject.optional(),
          after: anyObject.optional(),
        }),
      ),
    ),
    next: nextPage,
  }),
  {
    entries: [
      {
        id: '7',
        at: '2026-03-04T08:12:00.000Z',
        actor: 'support: ada',
        action: 'close_case',
        subject: { kind: 'case', id: '3' },
        reason: 'answered by phone',
      },
    ],
  },
);
