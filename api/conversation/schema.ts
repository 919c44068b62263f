/** Requests and answers about support cases. */
import { z } from 'zod';
import { rowCursor } from '../http/request-values.ts';
import { caseKind, moment, named, nextPage, pageSize } from '../http/schema.ts';

export const casesQuery = z.strictObject({
  open: z
    .enum(['true', 'false'])
    .default('true')
    .transform((open) => open === 'true'),
  after: rowCursor.exactOptional(),
  limit: pageSize,
});

export const casesAnswer = named(
  'CasePage',
  z.object({
    cases: z.array(
      named(
        'Case',
        z.object({
          id: z.string(),
          kind: caseKind,
          contact: z.uuid(),
          order: z.string().nullable().describe('null: it is about no single order'),
          holdsPromotions: z.boolean(),
          openedAt: moment,
          closedAt: moment.nullable(),
        }),
      ),
    ),
    next: nextPage,
  }),
  {
    cases: [
      {
        id: '3',
        kind: 'low_rating',
        contact: '1c5e8f5a-0a35-4cf7-8ff4-2b7b8ee2a0a1',
        order: '450789469',
        holdsPromotions: false,
        openedAt: '2026-03-11T10:02:00.000Z',
        closedAt: null,
      },
    ],
  },
);

export const caseAnswer = named(
  'CaseClosed',
  z.object({ id: z.string(), status: z.enum(['closed', 'already_closed']) }),
  { id: '3', status: 'closed' },
);
