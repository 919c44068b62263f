import { z } from 'zod';
import { travellingId } from './values.ts';

/** As they stand in paths: what does not fit cannot exist. */
export const orderId = travellingId(64);
export const contactId = z.uuid();
export const erasureId = z.uuid();
export const brandId = z.string().regex(/^[a-z][a-z0-9-]{1,30}$/);
export const messageId = z.uuid();
/** Of a case or a stop. */
export const rowId = z.string().regex(/^[1-9]\d{0,14}$/);
