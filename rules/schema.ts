/** The shape of the rule files. Unknown keys are refused, so that a misspelt rule is a mistake and not a rule less. */
import { z } from 'zod';
import { KEYWORD_KINDS } from '../domain/keywords.ts';
import { isValidZone } from '../domain/local-time.ts';

const COUNTRY = /^[A-Z]{2}$/;
const JURISDICTION = /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/;

// abort: a time that is none is one mistake, not also one of the order below.
const clock = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, { error: 'not a time HH:MM', abort: true });
const day = z.int().min(1, 'not a day 1-7').max(7, 'not a day 1-7');

const window = z
  .strictObject({ days: z.array(day).min(1), from: clock, to: clock })
  // HH:MM compares as text. A night is written as two windows, because a day belongs to each half.
  .refine(({ from, to }) => from < to, '`from` has to be before `to`; write a night as two windows')
  .refine(({ days }) => new Set(days).size === days.length, 'a day stands twice');

const row = z.strictObject({
  windows: z.array(window).min(1),
  source: z.string().min(1),
  confidence: z.enum(['A', 'B', 'C', 'X']),
});

const jurisdiction = z
  .strictObject({ parent: z.string().optional(), daytime: row.optional(), promotional: row.optional() })
  .refine((rules) => Object.keys(rules).length > 0, 'says nothing');

export const windowsFile = z
  .strictObject({
    default: z.strictObject({ daytime: row, promotional: row }),
    jurisdictions: z.record(z.string().regex(JURISDICTION, 'not a country `IT` or state `US-TX`'), jurisdiction),
  })
  .superRefine(({ jurisdictions }, context) => {
    for (const [id, { parent }] of Object.entries(jurisdictions)) {
      const path = ['jurisdictions', id, 'parent'];
      if (parent !== undefined && !Object.hasOwn(jurisdictions, parent))
        context.addIssue({ code: 'custom', path, message: 'no such jurisdiction' });
      else if (parent !== undefined && jurisdictions[parent]?.parent !== undefined)
        context.addIssue({ code: 'custom', path, message: 'the parent has a parent itself: name that one' });
    }
  });
export type WindowsFile = z.infer<typeof windowsFile>;

const zone = z.string().refine(isValidZone, 'not a time zone');

const region = z.strictObject({ in: z.array(z.string().min(1)).min(1), zones: z.array(zone) });

const country = z
  .strictObject({ zones: z.array(zone).min(1), regions: z.array(region).default([]) })
  .superRefine(({ regions }, context) => {
    const seen = new Set<string>();
    for (const [index, { in: codes }] of regions.entries()) {
      for (const [at, code] of codes.entries()) {
        const path = ['regions', index, 'in', at];
        if (seen.has(code)) context.addIssue({ code: 'custom', path, message: `${code} stands twice` });
        seen.add(code);
      }
    }
  });

export const zonesFile = z.record(z.string().regex(COUNTRY, 'not a country code'), country);
export type ZonesFile = z.infer<typeof zonesFile>;

const words = z.array(z.string().min(1)).min(1);

export const keywordsFile = z.strictObject({
  languages: z.record(
    z.string().regex(/^[a-z]{2}$/, 'not a language code'),
    z.partialRecord(z.enum(KEYWORD_KINDS), words),
  ),
});
