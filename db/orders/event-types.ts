/** Lists of event types for statements, made from the traits of the event table (domain/orders/events.ts). */
import { typesThat } from '../../domain/orders/events.ts';
import { REPEATED_TYPES } from '../../domain/orders/event-row.ts';

/** Names are words of ours, so none has a quote in it. */
const listOf = (types: readonly string[]): string => `(${types.map((type) => `'${type}'`).join(', ')})`;

/** Types that may end an order. */
export const ENDINGS = listOf(typesThat(({ ends }) => ends !== undefined));

/** Types that change no plan, besides commands. */
export const NOT_PLANNED_BY = listOf([...typesThat(({ plansNothing }) => plansNothing === true), ...REPEATED_TYPES]);

/** Types that are read before the newest, where not all events of an order are read. */
export const READ_FIRST = listOf(typesThat(({ readFirst }) => readFirst === true));
