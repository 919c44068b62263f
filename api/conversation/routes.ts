/** Support work with an agent. */
import { closeCase } from '../../commands/conversation/close-case.ts';
import { listCases } from '../../queries/conversation/cases.ts';
import { actorOf } from '../../domain/access/audit.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/problem.ts';
import { rowId } from '../http/request-values.ts';
import { repairBody } from '../sending/schema.ts';
import { caseAnswer, casesAnswer, casesQuery } from './schema.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';

export function caseRoutes({ db, wakeDrainer }: AppDeps): readonly Route[] {
  return [
    brandRoute({
      method: 'get',
      tag: 'Cases',
      operationId: 'listCases',
      path: '/v1/cases',
      scope: 'contacts:read',
      summary: 'Cases that wait for an agent, or closed ones, newest first.',
      query: casesQuery,
      answers: { 200: { description: 'A page of cases', schema: casesAnswer } },
      problems: [],
      handle: async ({ brand, query }) => ({ status: 200, body: await listCases(db, brand.id, query) }),
    }),
    brandRoute({
      method: 'post',
      tag: 'Cases',
      operationId: 'closeCase',
      path: '/v1/cases/:id/close',
      scope: 'repair',
      summary: 'Closes a case; its order goes on.',
      id: rowId,
      subject: 'case',
      body: repairBody,
      answers: { 200: { description: 'The case is closed', schema: caseAnswer } },
      problems: ['not_found'],
      handle: async ({ brand, actor, id, body, now }) => {
        const by = { actor: actorOf(actor, body.actor), reason: body.reason };
        const status = await closeCase(db, { brand: brand.id, id: Number(id), ...by }, now);
        if (status === undefined) throw notFound('case');
        wakeDrainer();
        return { status: 200, body: { id, status } };
      },
    }),
  ];
}
