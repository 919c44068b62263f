/** Request bodies of operators who repair by hand. */
import { z } from 'zod';
import { OUTBOX_NAMES } from '../../domain/sending/outbox.ts';
import { holdsNumber, holdsPersonal } from '../http/personal.ts';
import { text } from '../http/request-values.ts';

/** The person who does something by hand and the reason, for the audit log. */
const actor = text(100).refine(
  (who) => !holdsNumber(who),
  'no number of seven digits or more, also with separators: it stays in the audit log for good',
);
export const reason = text(500).refine(
  (said) => !holdsPersonal(said),
  'neither an e-mail address nor a number of seven digits or more, also with separators (write a date as 30 Nov): it stays in the audit log for good',
);

export const repairBody = z.strictObject({ actor, reason });
/** Without an id: all dead letters of the outbox. */
export const redriveOutboxBody = repairBody.extend({
  outbox: z.enum(OUTBOX_NAMES),
  id: z
    .string()
    .regex(/^[\da-f-]{1,36}$/, 'the id of a dead letter')
    .exactOptional(),
});
export const redriveBody = repairBody.extend({ mayDuplicate: z.boolean().exactOptional() });
