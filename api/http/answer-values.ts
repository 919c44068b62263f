/** Values of several answers. They describe the API at /openapi.json. */
import { z } from 'zod';

export const moment = z.iso.datetime();

/** Absent on the last page. */
export const nextPage = z.string().optional().describe('Pass as `after` for the next page');

const note = z.object({ pointer: z.string().describe('The field, as a JSON pointer'), detail: z.string() });
export const notes = z
  .array(note)
  .optional()
  .describe('What was taken in differently from how it was sent, or will be left out of texts, and why');
