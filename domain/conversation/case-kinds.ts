/** Every kind of case: those that an order's journey opens, a customer's text, a visitor of the page, and a limit. */
import { CASE_KINDS } from '../journey/journey.ts';
import { LIMIT_CASES } from '../sending/gate/case-hold.ts';
import type { InboundCase, PageCase } from './inbound.ts';

const INBOUND_CASES = ['question', 'unclear_opt_out', 'order_cancellation'] as const satisfies readonly InboundCase[];
const PAGE_CASES = ['wrong_person'] as const satisfies readonly PageCase[];

export const CASE_KINDS_OF_ALL = [...new Set([...CASE_KINDS, ...INBOUND_CASES, ...PAGE_CASES, ...LIMIT_CASES])];
export type AnyCaseKind = (typeof CASE_KINDS_OF_ALL)[number];
