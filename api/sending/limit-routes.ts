/** How near a brand is to its limits, for operators who ask why nothing goes out. */
import { z } from 'zod';
import { alarmsOf, limitCases } from '../../db/sending/spend/alarms.ts';
import { spendStandings } from '../../db/sending/spend/standings.ts';
import { NUMBER_LIMITS } from '../../domain/sending/number-limits.ts';
import { ABUSE_ALARM_KINDS } from '../../domain/sending/spend.ts';
import type { AppDeps } from '../http/deps.ts';
import { limitsQuery } from '../http/queries.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';

const moment = z.iso.datetime();
const money = z.number().describe('In units of the currency');

const limitsAnswer = z.object({
  countries: z
    .array(z.string())
    .nullable()
    .describe('Whose numbers are texted. Null: the brand’s own country, those of its senders, and where an order goes'),
  number: z.object({
    perDay: z.int(),
    perWeek: z.int(),
    ordersPerDay: z.int(),
  }),
  spend: z.object({
    currency: z.string().nullable(),
    perDay: money.nullable(),
    perCountryPerDay: money.nullable(),
    today: money,
    countries: z.array(z.object({ country: z.string(), cost: money, messages: z.int() })),
  }),
  alarms: z
    .array(
      z.object({
        kind: z.enum(ABUSE_ALARM_KINDS),
        country: z.string().nullable(),
        day: z.iso.date(),
        figures: z.record(z.string(), z.number()),
        raisedAt: moment,
      }),
    )
    .describe('Of the last 7 days'),
  cases: z
    .array(
      z.object({
        case: z.string(),
        kind: z.enum(['number_limit', 'spend_limit']),
        contact: z.uuid(),
        openedAt: moment,
      }),
    )
    .describe('Open ones that a limit has opened'),
});

export function limitRoutes({ db }: AppDeps): readonly Route[] {
  return [
    brandRoute({
      method: 'get',
      path: '/v1/limits',
      scope: 'orders:read',
      summary: 'Whom the brand texts, how much a number gets, what today’s texts cost, and what has raised an alarm.',
      query: limitsQuery,
      answers: { 200: { description: 'The limits', schema: limitsAnswer } },
      problems: [],
      handle: async ({ brand, now }) => {
        const standings = await spendStandings(db, now, brand.id);
        const { perNumberPerDay, perNumberPerWeek, ordersPerNumberPerDay } = brand.limits ?? {};
        return {
          status: 200,
          body: {
            countries: brand.countries ?? null,
            number: {
              perDay: perNumberPerDay ?? NUMBER_LIMITS.perDay,
              perWeek: perNumberPerWeek ?? NUMBER_LIMITS.perWeek,
              ordersPerDay: ordersPerNumberPerDay ?? NUMBER_LIMITS.ordersPerDay,
            },
            spend: {
              currency: brand.spend?.currency ?? null,
              perDay: brand.spend?.perDay ?? null,
              perCountryPerDay: brand.spend?.perCountryPerDay ?? null,
              // Sums of decimal prices in binary have a tail: 2.9000000000000004.
              today: Math.round(standings.reduce((sum, { cost }) => sum + cost, 0) * 10_000) / 10_000,
              countries: standings.map(({ country, cost, messages }) => ({ country, cost, messages })),
            },
            alarms: await alarmsOf(db, brand.id, now),
            cases: await limitCases(db, brand.id),
          },
        };
      },
    }),
  ];
}
