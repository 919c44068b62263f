/** The use of a brand's limits, for operators who ask why nothing is sent. */
import { alarmsOf, limitCases } from '../../db/sending/spend/alarms.ts';
import { spendToday } from '../../db/sending/spend/costs.ts';
import { NUMBER_LIMITS } from '../../domain/sending/gate/number-limits.ts';
import type { AppDeps } from '../http/deps.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';
import { limitsAnswer, limitsQuery } from './schema.ts';

export function limitRoutes({ db }: AppDeps): readonly Route[] {
  return [
    brandRoute({
      method: 'get',
      tag: 'Limits',
      operationId: 'readLimits',
      path: '/v1/limits',
      scope: 'orders:read',
      summary: 'Whom the brand texts, how much a number gets, what today’s texts cost, and what has raised an alarm.',
      query: limitsQuery,
      answers: { 200: { description: 'The limits', schema: limitsAnswer } },
      problems: [],
      handle: async ({ brand, now }) => {
        const spent = await spendToday(db, now, brand.id);
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
              today: Math.round(spent.reduce((sum, { cost }) => sum + cost, 0) * 10_000) / 10_000,
              countries: spent.map(({ country, cost, messages }) => ({ country, cost, messages })),
            },
            alarms: await alarmsOf(db, brand.id, now),
            cases: await limitCases(db, brand.id),
          },
        };
      },
    }),
  ];
}
