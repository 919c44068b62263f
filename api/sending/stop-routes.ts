/** Templates and senders that the provider refuses: what waits for whom, and how it goes on. */
import { listStops, releaseStop } from '../../commands/sending/stops.ts';
import { actorOf } from '../../domain/access/audit.ts';
import { stopAnswer, stopsAnswer } from './answers.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/problem.ts';
import { rowId } from '../http/path-ids.ts';
import { stopsQuery } from '../http/queries.ts';
import { repairBody } from './requests.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';

export function stopRoutes({ db }: AppDeps): readonly Route[] {
  return [
    brandRoute({
      method: 'get',
      path: '/v1/stops',
      scope: 'orders:read',
      summary: 'Templates and senders that the provider refuses, newest first.',
      query: stopsQuery,
      answers: { 200: { description: 'A page of stops', schema: stopsAnswer } },
      problems: [],
      handle: async ({ brand, query }) => ({ status: 200, body: await listStops(db, brand.id, query) }),
    }),
    brandRoute({
      method: 'post',
      path: '/v1/stops/:id/release',
      scope: 'repair',
      summary: 'Lifts a stop; messages that wait for it go out within four hours.',
      id: rowId,
      subject: 'stop',
      body: repairBody,
      answers: { 200: { description: 'The stop is lifted', schema: stopAnswer } },
      problems: ['not_found'],
      handle: async ({ brand, actor, id, body, now }) => {
        const by = { actor: actorOf(actor, body.actor), reason: body.reason };
        const status = await releaseStop(db, { brand: brand.id, stop: Number(id), ...by }, now);
        if (status === undefined) throw notFound('stop');
        return { status: 200, body: { id, status } };
      },
    }),
  ];
}
