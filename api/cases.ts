/** Support work with an agent. */
import { closeCase } from '../db/cases.ts';
import { caseAnswer } from './answers.ts';
import type { AppDeps } from './deps.ts';
import { notFound } from './problem.ts';
import type { Route } from './route.ts';
import { brandRoute } from './route.ts';
import { emptyBody, rowId } from './schemas.ts';

export function caseRoutes({ db, wakeDrainer }: AppDeps): readonly Route[] {
  return [
    brandRoute({
      method: 'post',
      path: '/v1/cases/:id/close',
      summary: 'Closes a case; its order goes on.',
      id: rowId,
      subject: 'case',
      body: emptyBody,
      answers: { 200: { description: 'The case is closed', schema: caseAnswer } },
      problems: ['not_found'],
      handle: async ({ brand, id, now }) => {
        const status = await closeCase(db, brand.id, Number(id), now);
        if (status === undefined) throw notFound('case');
        wakeDrainer();
        return { status: 200, body: { id, status } };
      },
    }),
  ];
}
