/** Answers typed by their schema. The compiler checks the directives here: one that marks no mistake is a mistake itself. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { brandRoute } from '../../../api/http/route.ts';

const head = {
  tag: 'Orders',
  operationId: 'test',
  method: 'get',
  path: '/v1/test',
  scope: 'orders:read',
  summary: 'Test.',
  answers: {
    200: { description: 'Test', schema: z.object({ a: z.string(), list: z.array(z.object({ b: z.int() })) }) },
  },
  problems: [],
} as const;
const item = { b: 1 };
const itemWithMore = { b: 1, c: 2 };

it('an answer that drifts from its schema does not compile', () => {
  const routes = [
    brandRoute({ ...head, handle: async () => ({ status: 200, body: { a: '', list: [item] } }) }),
    // @ts-expect-error a field is missing
    brandRoute({ ...head, handle: async () => ({ status: 200, body: { list: [item] } }) }),
    // @ts-expect-error a field has another type
    brandRoute({ ...head, handle: async () => ({ status: 200, body: { a: 1, list: [item] } }) }),
    // @ts-expect-error a status is not described
    brandRoute({ ...head, handle: async () => ({ status: 201, body: { a: '', list: [item] } }) }),
    // @ts-expect-error a field that the schema lacks, deep inside
    brandRoute({ ...head, handle: async () => ({ status: 200, body: { a: '', list: [itemWithMore] } }) }),
  ];
  expect(routes.map(({ operationId }) => operationId)).toEqual(Array.from({ length: 5 }, () => 'test'));
});
