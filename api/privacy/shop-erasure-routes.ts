/** Erasures of a whole brand that its shop has asked for: lists them, and cancels one in time. */
import { cancelShopErasure } from '../../commands/privacy/hold-shop-erasure.ts';
import { listShopErasures } from '../../queries/privacy/erasures.ts';
import { actorOf } from '../../domain/access/audit.ts';
import { shopErasureAnswer, shopErasuresAnswer } from './schema.ts';
import type { AppDeps } from '../http/deps.ts';
import { erasureBegun, notFound } from '../http/problem.ts';
import { erasureId } from '../http/request-values.ts';
import { repairBody } from '../sending/schema.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';

export function shopErasureRoutes({ db }: AppDeps): readonly Route[] {
  return [
    brandRoute({
      method: 'get',
      scope: 'privacy',
      tag: 'Privacy',
      operationId: 'listShopErasures',
      path: '/v1/shop-erasures',
      summary: 'Erasures of everybody that the brand’s shop has asked for, newest first, 100 at most.',
      answers: { 200: { description: 'What is held, cancelled or begun', schema: shopErasuresAnswer } },
      problems: [],
      handle: async ({ brand }) => ({ status: 200, body: { erasures: await listShopErasures(db, brand.id) } }),
    }),
    brandRoute({
      method: 'post',
      scope: 'privacy',
      tag: 'Privacy',
      operationId: 'cancelShopErasure',
      path: '/v1/shop-erasures/:id/cancel',
      summary: 'Cancels an erasure of everybody while it is held: nobody is erased.',
      id: erasureId,
      subject: 'erasure',
      body: repairBody,
      answers: { 200: { description: 'It is cancelled', schema: shopErasureAnswer } },
      problems: ['not_found', 'erasure_begun'],
      handle: async ({ brand, actor, id, body, now }) => {
        const by = { actor: actorOf(actor, body.actor), reason: body.reason };
        const state = await cancelShopErasure(db, { brand: brand.id, id, ...by }, now);
        if (state === undefined) throw notFound('erasure');
        if (state === 'begun') throw erasureBegun();
        return { status: 200, body: { id, state } };
      },
    }),
  ];
}
