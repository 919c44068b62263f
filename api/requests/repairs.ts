/** What is accepted of somebody who does something by hand. */
import { z } from 'zod';
import { OUTBOX_NAMES } from '../../domain/outbox.ts';
import { text } from './values.ts';

/** Who does something by hand, and why: for the audit log. */
/** An e-mail address, or a phone number with its country code. */
const PERSONAL = /\S@\S|(\+|\b00)\s?\d[\d\s()./-]{6,}/;
export const reason = text(500).refine(
  (said) => !PERSONAL.test(said),
  'neither a phone number nor an e-mail address: it stays in the audit log for good',
);

export const repairBody = z.strictObject({ actor: text(100), reason });
/** Without an id: all dead letters of the outbox. */
export const redriveOutboxBody = repairBody.extend({
  outbox: z.enum(OUTBOX_NAMES),
  id: z
    .string()
    .regex(/^[\da-f-]{1,36}$/, 'the id of a dead letter')
    .exactOptional(),
});
export const redriveBody = repairBody.extend({ mayDuplicate: z.boolean().exactOptional() });
