/** Area codes of the +1 plan by state and province. */
import { z } from 'zod';
import type { AreaCodes } from '../domain/place/place.ts';
import { readYamlFile } from '../kit/yaml-file.ts';

const codes = z
  .string()
  .regex(/^[2-9]\d\d( [2-9]\d\d)*$/, { error: 'not area codes such as 205 251', abort: true })
  .transform((text) => text.split(' '))
  .refine((list) => new Set(list).size === list.length, 'a code stands twice');

const areaCodesFile = z.strictObject({
  source: z.string().min(1),
  seen: z.iso.date(),
  areas: z.record(z.string().regex(/^(US|CA)-[A-Z]{2}$/, 'not a state `US-TX` or province `CA-ON`'), codes),
});

/** Reads `area-codes.yaml` of a folder. Throws FileMistakes with file, line and column. */
export function loadAreaCodes(folder: URL): AreaCodes {
  const { areas } = readYamlFile(new URL('area-codes.yaml', folder), 'rules/area-codes.yaml', areaCodesFile).value;
  const byCode: Record<string, string[]> = {};
  for (const [state, list] of Object.entries(areas)) for (const code of list) (byCode[code] ??= []).push(state);
  return byCode;
}
