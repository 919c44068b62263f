/** The shape of a rule pack. A rule that the engine can't apply is refused here: a rule it would ignore is worse than none. */
import { z } from 'zod';
import { CONSENT_BASES } from '../domain/consent/consent.ts';
import { MESSAGE_CLASSES } from '../domain/sending/message.ts';
import { isPeriod } from '../domain/time/period.ts';
import type { RuleKind } from '../domain/rules/rule-pack.ts';
import {
  CONFIDENCES,
  DEFAULT_PACK,
  LONGEST_APPENDED,
  LONGEST_LABEL,
  LONGEST_PREPENDED,
  OPT_OUT_METHODS,
  RETAINED_RECORDS,
  ROW_BASES,
  SENDER_KINDS,
} from '../domain/rules/rule-pack.ts';

// abort: a time that is none is one mistake, not also one of the order below.
const clock = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, { error: 'not a time HH:MM', abort: true });
const day = z.int().min(1, 'not a day 1-7').max(7, 'not a day 1-7');

const window = z
  .strictObject({ days: z.array(day).min(1), from: clock, to: clock })
  // HH:MM compares as text. A night is written as two windows, because a day belongs to each half.
  .refine(({ from, to }) => from < to, '`from` has to be before `to`; write a night as two windows')
  .refine(({ days }) => new Set(days).size === days.length, 'a day stands twice');

const windows = z
  .array(window)
  .min(1)
  .superRefine((all, context) => {
    for (const [at, { days, from, to }] of all.entries()) {
      const other = all.slice(0, at).find((before) => before.from < to && from < before.to && sharesDay(before, days));
      if (other) context.addIssue({ code: 'custom', path: [at], message: 'overlaps a window above on the same day' });
    }
  });

function sharesDay(window: { readonly days: readonly number[] }, days: readonly number[]): boolean {
  return window.days.some((each) => days.includes(each));
}

const period = z.string().refine(isPeriod, 'not a period such as P2Y, P6M, P21D or PT24H');

const date = z.iso.date('not a date YYYY-MM-DD');
const text = z.string().trim().min(1, 'is empty');

const appended = text.refine(
  (words) => words.replace('{}', '').length <= LONGEST_APPENDED,
  `is longer than ${LONGEST_APPENDED} characters`,
);

function listOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z
    .array(z.enum(values))
    .min(1)
    .refine((list) => new Set(list).size === list.length, 'something stands twice');
}

/** Words around one number, code or link; a reply has none. */
const around = appended.regex(/^[^{}]*\{\}[^{}]*$/, 'has to hold {} once, for the number or the link');
const without = appended.regex(/^[^{}]*$/, 'a reply has no number and no link');

const textRule = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('label'),
      exact: text.max(LONGEST_LABEL, `is longer than ${LONGEST_LABEL} characters`),
    }),
    z.strictObject({ kind: z.literal('identify') }),
    z.strictObject({ kind: z.literal('contact'), words: around.optional() }),
    z.strictObject({
      kind: z.literal('opt_out'),
      by: listOf(OPT_OUT_METHODS),
      last: z.literal(true).optional(),
      words: z.strictObject({ reply: without, short_code: around, phone: around, link: around }).partial().optional(),
    }),
    z.strictObject({ kind: z.literal('no_opt_out') }),
    z.strictObject({ kind: z.literal('charset'), charset: z.literal('ks_x_1001') }),
    z.strictObject({
      kind: z.literal('prepended'),
      text: text.max(LONGEST_PREPENDED, `is longer than ${LONGEST_PREPENDED} characters`),
    }),
  ],
  { error: 'not a kind of text rule' },
);

const sender = z
  .strictObject({
    kind: z.literal('sender'),
    kinds: listOf(SENDER_KINDS),
    prefix: text.optional(),
    suffix: text.optional(),
    maxLength: z.int().min(1).max(20).optional(),
    twoWay: z.boolean(),
    registration: text.optional(),
  })
  .refine(
    ({ kinds, prefix, suffix, maxLength }) =>
      kinds.includes('alphanumeric') || [prefix, suffix, maxLength].every((part) => part === undefined),
    'only a name (alphanumeric) has a prefix, a suffix or a longest length',
  );

const rule = z.discriminatedUnion(
  'kind',
  [
    z
      .strictObject({
        kind: z.literal('consent'),
        accepts: z.union([z.literal('none'), listOf(CONSENT_BASES)], { error: 'neither `none` nor a list of bases' }),
        doubleOptIn: z.enum(['required', 'recommended']).optional(),
      })
      .refine(
        ({ accepts, doubleOptIn }) => accepts !== 'none' || doubleOptIn === undefined,
        'nothing is confirmed where no consent is needed',
      ),
    z.strictObject({ kind: z.literal('consent_expiry'), of: z.enum(CONSENT_BASES), after: period }),
    z.strictObject({ kind: z.literal('reconfirm'), every: period }),
    z.strictObject({ kind: z.literal('hours'), windows, liftedBy: z.literal('night_consent').optional() }),
    z.strictObject({ kind: z.literal('holidays'), calendar: text, mode: z.enum(['closed', 'as_sunday']) }),
    z.strictObject({
      kind: z.literal('cap'),
      max: z.int().min(1),
      // A cap is counted over a length of time, and months have several.
      per: period.regex(/^P(\d+D)?(T\d+H)?$/, 'not in days or hours'),
      scope: z.enum(['contact', 'class', 'subject']),
    }),
    z.strictObject({ kind: z.literal('text'), text: textRule }),
    sender,
    z.strictObject({ kind: z.literal('list_check'), list: text, validFor: period.optional() }),
    z.strictObject({
      kind: z.literal('opt_out'),
      methods: listOf(OPT_OUT_METHODS),
      honourWithin: z.strictObject({ count: z.int().min(1), unit: z.enum(['hour', 'day', 'business_day']) }),
      honourFor: period.optional(),
    }),
    z.strictObject({ kind: z.literal('revocation'), covers: z.enum(['class', 'all']) }),
    z.strictObject({
      kind: z.literal('retention'),
      of: z.enum(RETAINED_RECORDS),
      keep: z.union([z.literal('forever'), period], { error: 'neither `forever` nor a period such as P5Y' }),
    }),
  ],
  { error: 'not a kind of rule' },
);

const source = z.strictObject({
  title: text,
  publisher: text.optional(),
  date: z
    .string()
    .regex(/^\d{4}(-\d{2}(-\d{2})?)?$/, 'not a date YYYY, YYYY-MM or YYYY-MM-DD')
    .optional(),
  url: z.url('not an address').optional(),
  seen: date,
});

/** Kinds of rules that would hold up the answer to a STOP. Nothing may. */
const NEVER_FOR_ANSWERS: readonly RuleKind[] = [
  'hours',
  'holidays',
  'cap',
  'list_check',
  'reconfirm',
  'consent_expiry',
];

const row = z
  .strictObject({
    id: z.string().regex(/^[a-z]{2,7}(-[a-z0-9]{1,3})?(\.[a-z0-9_]+)+$/, 'not an id such as us-fl.hours'),
    classes: listOf(MESSAGE_CLASSES),
    says: text.regex(/[.]$/, 'not a sentence: it ends without a full stop'),
    rule,
    basis: z.enum(ROW_BASES),
    confidence: z.enum(CONFIDENCES),
    effectiveFrom: date.optional(),
    effectiveTo: date.optional(),
    sources: z.array(source).min(1, 'a rule needs a source'),
  })
  .refine(
    ({ effectiveFrom, effectiveTo }) =>
      effectiveFrom === undefined || effectiveTo === undefined || effectiveFrom <= effectiveTo,
    { error: '`effectiveFrom` is after `effectiveTo`', path: ['effectiveFrom'] },
  )
  .refine((each) => !each.classes.includes('compliance') || !holdsUpAnswers(each), {
    error: 'nothing holds up the answer to a STOP: not for class compliance',
    path: ['classes'],
  });

function holdsUpAnswers({ rule: { kind, ...rest } }: { readonly rule: { readonly kind: RuleKind } }): boolean {
  return NEVER_FOR_ANSWERS.includes(kind) || ('accepts' in rest && rest.accepts !== 'none');
}

const PACK_ID = /^([A-Z]{2}(-[A-Z0-9]{1,3})?|default)$/;
const packId = z.string().regex(PACK_ID, 'not a country `IT`, a state `US-TX` or `default`');

/** One file of `packs/`. Checks that need the other files, or the calendars, come when all have been read. */
export const packFile = z
  .strictObject({
    id: packId,
    parent: packId.optional(),
    name: text,
    asOf: date,
    reviewBy: date,
    disclaimer: text,
    /** Places that have just these rules: id and name. */
    children: z.record(packId, text).default({}),
    rows: z.array(row),
  })
  .superRefine(({ id, parent, asOf, reviewBy, rows, children }, context) => {
    const mistake = (path: PropertyKey[], message: string): void => context.addIssue({ code: 'custom', path, message });
    if (id !== DEFAULT_PACK && parent === undefined) mistake(['id'], 'needs a parent, `default` if no other');
    if (id === DEFAULT_PACK && parent !== undefined) mistake(['parent'], 'the default pack has none');
    if (asOf > reviewBy) mistake(['reviewBy'], 'is before `asOf`');
    if (rows.length === 0 && Object.keys(children).length === 0) mistake(['rows'], 'says nothing');
    const seen = new Set<string>();
    for (const [at, { id: rowId }] of rows.entries()) {
      if (seen.has(rowId)) mistake(['rows', at, 'id'], `${rowId} stands twice`);
      else if (!rowId.startsWith(`${id.toLowerCase()}.`))
        mistake(['rows', at, 'id'], `has to begin with ${id.toLowerCase()}.`);
      seen.add(rowId);
    }
  });
export type PackFile = z.infer<typeof packFile>;

/** `cli/rules.ts holidays` writes it. */
export const holidaysFile = z.strictObject({
  about: text,
  licence: text,
  attribution: text,
  firstYear: z.int(),
  lastYear: z.int(),
  calendars: z.record(z.string(), z.record(date, text)),
});
export type HolidaysFile = z.infer<typeof holidaysFile>;
