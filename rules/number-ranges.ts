/** Ranges of numbers that are never texted: satellites, networks of no country, premium rate. */
import { z } from 'zod';
import type { NumberRange } from '../domain/rules/rule-data.ts';
import { RANGE_KINDS } from '../domain/rules/rule-data.ts';
import { readYamlFile } from '../kit/yaml-file.ts';

const range = z.strictObject({
  prefix: z.string().regex(/^\+[1-9]\d{1,8}$/, 'not the beginning of a number: `+881`, in quotes'),
  why: z.enum(RANGE_KINDS),
  name: z.string().min(1),
  source: z.string().min(1),
  seen: z.iso.date(),
});

const numberRangesFile = z.strictObject({ ranges: z.array(range).min(1).superRefine(checkOnce) });

/** Refuses a prefix inside another one: no number would ever be refused by it. */
function checkOnce(ranges: readonly z.infer<typeof range>[], context: z.RefinementCtx): void {
  for (const [index, { prefix }] of ranges.entries()) {
    const other = ranges.find((one, at) => at !== index && prefix.startsWith(one.prefix));
    if (other && (other.prefix !== prefix || ranges.indexOf(other) < index))
      context.addIssue({ code: 'custom', path: [index, 'prefix'], message: `${other.prefix} covers it already` });
  }
}

/** Reads `number-ranges.yaml` of a folder. Throws FileMistakes with file, line and column. */
export function loadNumberRanges(folder: URL): readonly NumberRange[] {
  const file = readYamlFile(new URL('number-ranges.yaml', folder), 'rules/number-ranges.yaml', numberRangesFile);
  return file.value.ranges.map(({ prefix, why, name }) => ({ prefix, why, name }));
}
