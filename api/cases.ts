/** Support work with an agent. */
import { closeCase } from '../db/inbound/cases.ts';
import { caseAnswer } from './answers/contacts.ts';
import type { AppDeps } from './deps.ts';
import { notFound } from './problem.ts';
import { rowId } from './requests/ids.ts';
import { emptyBody } from './requests/orders.ts';
import type { Route } from './route.ts';
import { brandRoute } from './route.ts';

export function caseRoutes({ db, wakeDrainer }: AppDeps): readonly Route[] {
  return [
    brandRoute({
      method: 'post',
      path: '/v1/cases/:id/close',
      scope: 'repair',
      summary: 'Closes a case; its order goes on.',
      id: rowId,
      subject: 'case',
      body: emptyBody,
      answers: { 200: { description: 'The case is closed', schema: caseAnswer } },
      problems: ['not_found'],
      handle: async ({ brand, actor, id, now }) => {
        const status = await closeCase(db, { brand: brand.id, id: Number(id), actor }, now);
        if (status === undefined) throw notFound('case');
        wakeDrainer();
        return { status: 200, body: { id, status } };
      },
    }),
  ];
}
