import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, ERROR_GROUPS, errorMeaning } from '../../vonage/error-codes.ts';

/** Vonage OpenAPI "Messages API" 1.20.0, `x-errors`: every code it has. */
const SPECIFIED = `
  1000 1010 1020 1021 1022 1030 1040 1050 1060 1070 1080 1090 1100 1120 1130 1140 1150 1160 1170 1180 1190
  1200 1210 1220 1230 1240 1241 1242 1250 1251 1260 1270 1280 1282 1290
  1300 1310 1320 1330 1331 1340 1350 1360 1370 1380 1381 1382
  1400 1410 1420 1430 1431 1440 1450 1451 1460 1461 1470 1472 1473 1474 1475 1476 1480 1481 1482 1483 1484 1490
  2001 2002 2003`
  .trim()
  .split(/\s+/);

describe('the table of error codes', () => {
  it('has every code of the specification in exactly one group, and no other', () => {
    const codes = Object.values(ERROR_GROUPS).flatMap((group): readonly string[] => group.codes);
    expect(codes.toSorted()).toEqual(SPECIFIED);
  });

  it.each([
    ['1240', 'opted_out', 'suppress'],
    ['1050', 'barred', 'suppress'],
    ['1190', 'number_unusable', 'mark_unusable'],
    ['1300', 'number_unusable', 'mark_unusable'],
    ['1280', 'carrier', 'count_failure'],
    ['1180', 'transient', 'retry_later'],
    ['1360', 'expired', 'expire'],
    ['1210', 'content', 'block_template'],
    ['1420', 'sender', 'block_sender'],
    ['1470', 'fraud_guard', 'alert'],
    ['1070', 'account', 'open_circuit'],
    ['1450', 'parameters', 'alert'],
    ['1440', 'unsupported', 'alert'],
    ['1461', 'other_channel', 'keep'],
    ['1490', 'unclear', 'keep'],
  ])('%s is %s and asks for %s', (code, group, action) => {
    expect(errorMeaning(code)).toEqual({ group, action });
  });

  it('an unknown code, or a value that is no code, asks for nothing and never throws', () => {
    const noCode = fc.oneof(fc.string(), fc.constantFrom('9999', 'constructor', '__proto__', 'toString'));
    fc.assert(
      fc.property(
        noCode.filter((code) => !ERROR_CODES.has(code)),
        (code) => {
          expect(errorMeaning(code)).toEqual({ group: 'other', action: 'keep' });
        },
      ),
    );
  });
});
