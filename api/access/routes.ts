/** Changes by people and keys, and their reasons. */
import { listAudit } from '../../db/access/audit.ts';
import type { AppDeps } from '../http/deps.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';
import { auditAnswer, auditQuery } from './schema.ts';

export function auditRoutes({ db }: AppDeps): readonly Route[] {
  return [
    brandRoute({
      method: 'get',
      tag: 'Operations',
      operationId: 'listAudit',
      path: '/v1/audit',
      scope: 'admin',
      summary: 'Every change by a person or a key: who, what, before, after and why. Newest first.',
      query: auditQuery,
      answers: { 200: { description: 'A page of entries', schema: auditAnswer } },
      problems: [],
      handle: async ({ brand, query }) => ({ status: 200, body: await listAudit(db, brand.id, query) }),
    }),
  ];
}
