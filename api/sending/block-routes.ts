/** Templates and senders that the provider refuses: their blocks, and their release. */
import { releaseBlock } from '../../commands/sending/block.ts';
import { listBlocks } from '../../queries/sending/blocks.ts';
import { actorOf } from '../../domain/access/audit.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/problem.ts';
import { rowId } from '../http/request-values.ts';
import { blockAnswer, blocksAnswer, blocksQuery, repairBody } from './schema.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';

export function blockRoutes({ db }: AppDeps): readonly Route[] {
  return [
    brandRoute({
      method: 'get',
      tag: 'Messages',
      operationId: 'listBlocks',
      path: '/v1/blocks',
      scope: 'orders:read',
      summary: 'Templates and senders that the provider refuses, newest first.',
      query: blocksQuery,
      answers: { 200: { description: 'A page of blocks', schema: blocksAnswer } },
      problems: [],
      handle: async ({ brand, query }) => ({ status: 200, body: await listBlocks(db, brand.id, query) }),
    }),
    brandRoute({
      method: 'post',
      tag: 'Messages',
      operationId: 'releaseBlock',
      path: '/v1/blocks/:id/release',
      scope: 'repair',
      summary: 'Releases a block; messages that wait for it go out within four hours.',
      id: rowId,
      subject: 'block',
      body: repairBody,
      answers: { 200: { description: 'The block is released', schema: blockAnswer } },
      problems: ['not_found'],
      handle: async ({ brand, actor, id, body, now }) => {
        const by = { actor: actorOf(actor, body.actor), reason: body.reason };
        const status = await releaseBlock(db, { brand: brand.id, block: Number(id), ...by }, now);
        if (status === undefined) throw notFound('block');
        return { status: 200, body: { id, status } };
      },
    }),
  ];
}
