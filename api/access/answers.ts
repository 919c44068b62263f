/** The audit log, as it is answered. */
import { z } from 'zod';
import { AUDIT_ACTIONS, AUDIT_SUBJECTS } from '../../domain/access/audit.ts';
import { moment, nextPage } from '../http/answer-values.ts';

export const auditAnswer = z.object({
  entries: z.array(
    z.object({
      id: z.string(),
      at: moment,
      actor: z.string().describe('The label of the API key, customer, or the name of a tool'),
      action: z.enum(AUDIT_ACTIONS),
      subject: z.object({ kind: z.enum(AUDIT_SUBJECTS), id: z.string() }),
      reason: z.string().optional(),
      before: z.object({}).loose().optional(),
      after: z.object({}).loose().optional(),
    }),
  ),
  next: nextPage,
});
