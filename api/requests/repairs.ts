/** What is accepted of somebody who does something by hand. */
import { z } from 'zod';
import { text } from './values.ts';

/** Who does something by hand, and why: for the audit log. */
export const repairBody = z.strictObject({ actor: text(100), reason: text(500) });
export const redriveBody = repairBody.extend({ mayDuplicate: z.boolean().exactOptional() });
