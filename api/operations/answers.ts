import { z } from 'zod';
import { OUTBOX_NAMES } from '../../domain/sending/outbox.ts';
import { moment, nextPage } from '../http/answer-values.ts';

export const deadLettersAnswer = z.object({
  dead: z.array(
    z.object({
      outbox: z.enum(OUTBOX_NAMES),
      id: z.string(),
      about: z.record(z.string(), z.string()).describe('Ids of what it is about: order, event, contact, message'),
      tries: z.int(),
      error: z.string().describe('A gRPC code, or the name of an error of ours'),
      deadAt: moment,
    }),
  ),
  next: nextPage,
});

export const redrivenAnswer = z.object({ redriven: z.int() });
