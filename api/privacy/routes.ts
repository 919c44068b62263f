/** Requests of a person: to get everything that is stored about them, and to be erased. */
import { erasureView } from '../../queries/privacy/erasures.ts';
import { requestErasure } from '../../commands/privacy/request-erasure.ts';
import { erasureAnswer, exportAnswer } from './schema.ts';
import type { AppDeps } from '../http/deps.ts';
import { exportsBusy, notFound } from '../http/problem.ts';
import { contactId, erasureId } from '../http/request-values.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';

export function privacyRoutes(deps: AppDeps): readonly Route[] {
  const { db, exports, wakeDrainer } = deps;
  return [
    brandRoute({
      method: 'get',
      tag: 'Privacy',
      operationId: 'exportContact',
      path: '/v1/contacts/:id/export',
      scope: 'privacy',
      summary: 'Everything that is stored about a contact, with hashes to check it by. Fetching it is on record.',
      id: contactId,
      subject: 'contact',
      answers: { 200: { description: 'The export', schema: exportAnswer } },
      problems: ['not_found', 'busy'],
      handle: async ({ brand, actor, id, now }) => {
        const place = exports.reserve();
        if (!place) throw exportsBusy();
        const body = await place.giveOut({ brand: brand.id, contact: id, actor, now });
        if (!body) throw notFound('contact');
        const headers = {
          'Content-Disposition': `attachment; filename="contact-${id}.json"`,
          'Cache-Control': 'no-store',
        };
        return { status: 200, body, headers };
      },
    }),
    brandRoute({
      method: 'delete',
      tag: 'Privacy',
      operationId: 'eraseContact',
      path: '/v1/contacts/:id',
      scope: 'privacy',
      summary: 'Erases a contact. Nothing is sent from the answer on; the rest follows. Asking again changes nothing.',
      id: contactId,
      subject: 'contact',
      answers: { 202: { description: 'Taken in; `Location` tells how far it is', schema: erasureAnswer } },
      problems: ['not_found'],
      handle: async ({ brand, actor, id, now }) => {
        const request = { brand: brand.id, contact: id, actor, source: 'api' } as const;
        const erasure = await requestErasure(deps, request, now);
        const view = erasure && (await erasureView(db, brand.id, erasure));
        if (!view) throw notFound('contact');
        wakeDrainer();
        return { status: 202, body: view, headers: { Location: `/v1/erasures/${view.id}` } };
      },
    }),
    brandRoute({
      method: 'get',
      tag: 'Privacy',
      operationId: 'readErasure',
      path: '/v1/erasures/:id',
      scope: 'privacy',
      summary: 'How far an erasure is, step by step.',
      id: erasureId,
      subject: 'erasure',
      answers: { 200: { description: 'The erasure', schema: erasureAnswer } },
      problems: ['not_found'],
      handle: async ({ brand, id }) => {
        const view = await erasureView(db, brand.id, id);
        if (!view) throw notFound('erasure');
        return { status: 200, body: view };
      },
    }),
  ];
}
