import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { measureSms } from '../../domain/text/segments.ts';
import { readFixture } from './fixtures.ts';

const sized = z.object({ body: z.string(), encoding: z.enum(['GSM-7', 'UCS-2']), segments: z.int() });
const casesFile = z.object({
  table: z.array(sized.extend({ characters: z.int() })),
  gsm7Escape: z.array(sized),
  ucs2Repeat: z.array(sized),
  special: z.array(z.object({ body: z.string(), segments: z.int() })),
  counts: z.array(z.object({ body: z.string(), characters: z.int() })),
  lastSegment: z.array(z.object({ body: z.string(), segments: z.int() })),
});

const ENCODINGS = { 'GSM-7': 'gsm7', 'UCS-2': 'ucs2' } as const;

describe("Twilio's test table of its segment calculator", () => {
  const text = readFixture('twilio-message-segment-calculator/segments.json');
  const { table, gsm7Escape, ucs2Repeat, special, counts, lastSegment } = casesFile.parse(JSON.parse(String(text)));

  it('encoding and segments agree in every case', () => {
    for (const { body, encoding, segments } of [...table, ...gsm7Escape, ...ucs2Repeat])
      expect(measureSms(body)).toMatchObject({ encoding: ENCODINGS[encoding], segments });
    for (const { body, segments } of [...special, ...lastSegment]) expect(measureSms(body)).toMatchObject({ segments });
  });

  it('characters agree in every case', () => {
    for (const { body, characters } of [...table, ...counts]) expect(measureSms(body)).toMatchObject({ characters });
  });
});
