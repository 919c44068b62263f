/** The words of a mistake that a schema finds by itself, as the other mistakes have them: "must be ...". Without it zod says "Invalid input". */
import type { z } from 'zod';

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

const FORMATS: Readonly<Record<string, string>> = {
  url: 'an address with https:// or http://',
  uuid: 'a UUID',
  datetime: 'a date and time with zone (ISO 8601)',
  date: 'a date (2026-03-05)',
  ipv4: 'an IP address',
  ipv6: 'an IP address',
  base64: 'base64',
};

/** Undefined: zod's own words. A value that is missing is told apart by its caller. */
export function wordsOfIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? undefined : `must be ${NOUNS[issue.expected] ?? `a ${issue.expected}`}`;
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return issue.format in FORMATS ? `must be ${FORMATS[issue.format]}` : 'must have another form';
    case 'too_small':
      return `must ${sizeOf(issue.origin, 'at least', Number(issue.minimum), issue.inclusive)}`;
    case 'too_big':
      return `must ${sizeOf(issue.origin, 'at most', Number(issue.maximum), issue.inclusive)}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_union':
      return 'must have one of the forms in the reference';
    default:
      return undefined;
  }
}

function sizeOf(origin: string, bound: 'at least' | 'at most', limit: number, inclusive = true): string {
  if (origin === 'string' && bound === 'at least' && limit === 1) return 'not be empty';
  if (origin === 'string') return `have ${bound} ${limit} characters`;
  if (origin === 'array' || origin === 'set') return `have ${bound} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  return inclusive ? `be ${bound} ${limit}` : `be ${bound === 'at least' ? 'more' : 'less'} than ${limit}`;
}
