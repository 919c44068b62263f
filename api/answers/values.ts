/** Values of several answers. They describe the API at /openapi.json. */
import { z } from 'zod';

export const moment = z.iso.datetime();

/** Absent on the last page. */
export const nextPage = z.string().optional().describe('Pass as `after` for the next page');
