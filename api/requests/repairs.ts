/** Request bodies of operators who repair by hand. */
import { z } from 'zod';
import { OUTBOX_NAMES } from '../../domain/outbox.ts';
import { text } from './values.ts';

/** An e-mail address, or a phone number with its country code. */
const PERSONAL = /\S@\S|(\+|\b00)\s?\d[\d\s()./-]{6,}/;
/** As many digits as the shortest phone number has, up to two signs between them: "333 1000777". */
const LONG_NUMBER = /\p{N}(?:[^\p{L}\p{N}]{0,2}\p{N}){6,}/u;

/** As a reader sees it: full-width and circled digits are digits too, and what cannot be seen separates nothing. */
const seen = (said: string): string => said.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '').normalize('NFKC');
const holdsNumber = (said: string): boolean => LONG_NUMBER.test(seen(said));

/** The person who does something by hand and the reason, for the audit log. */
const actor = text(100).refine(
  (who) => !holdsNumber(who),
  'no number of seven digits or more, also with separators: it stays in the audit log for good',
);
export const reason = text(500).refine(
  (said) => !PERSONAL.test(seen(said)) && !holdsNumber(said),
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
