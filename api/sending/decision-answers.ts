/** Decisions and their explanation, as they are answered. */
import { z } from 'zod';
import { STANDINGS } from '../../queries/orders/explained-message.ts';
import { CHANNELS } from '../../domain/sending/message.ts';
import { CONFIDENCES, ROW_BASES } from '../../domain/rules/rule-pack.ts';
import { nextPage } from '../http/answer-values.ts';

const saidRule = z.object({
  id: z.string(),
  says: z.string(),
  basis: z.enum(ROW_BASES),
  confidence: z.enum(CONFIDENCES),
});

const decisionAnswer = z.object({
  id: z.string(),
  at: z.string(),
  order: z.string().nullable(),
  step: z.string(),
  occurrence: z.string(),
  kind: z.string(),
  channel: z.enum(CHANNELS),
  outcome: z.enum(['send', 'wait', 'skip']),
  reason: z.string().nullable(),
  until: z.string().nullable(),
  words: z.string(),
  rule: z.string(),
  says: saidRule.nullable(),
  jurisdictions: z.array(z.string()),
  packs: z.array(z.string()),
  rules: z.array(z.string()),
  zones: z.array(z.string()),
  zoneSource: z.string().nullable(),
  localTime: z.string().nullable(),
  consent: z.string().nullable(),
});

export const decisionsAnswer = z.object({
  decisions: z.array(decisionAnswer),
  next: z.string().nullable(),
  disclaimer: z.string(),
});

export const explanationAnswer = z.object({
  order: z.string(),
  message: z.string(),
  explained: z.array(
    z.object({
      key: z.string().nullable(),
      standing: z.enum(STANDINGS),
      at: z.string().nullable(),
      words: z.string(),
      says: saidRule.nullable(),
      decisions: z.array(decisionAnswer).describe('Oldest first, at most the last 20'),
    }),
  ),
  next: nextPage,
  disclaimer: z.string(),
});
