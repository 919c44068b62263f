import { z } from 'zod';
import { isReachable } from '../../domain/orders/order-id.ts';
import { NOT_A_CURSOR } from './problem.ts';
import { travellingId } from './request-values.ts';

/** As they stand in paths: what does not fit cannot exist. */
export const orderId = travellingId(64).refine(isReachable, 'no path leads to an order of this id');
export const contactId = z.uuid();
export const erasureId = z.uuid();
export const brandId = z.string().regex(/^[a-z][a-z0-9-]{1,30}$/);
export const messageId = z.uuid();
/** The id of the last row of a page, as its `next` gives it out. */
export const rowCursor = z.string().regex(/^[1-9]\d{0,14}$/, NOT_A_CURSOR);
/** Of a case or a block. */
export const rowId = z.string().regex(/^[1-9]\d{0,14}$/);
