import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../domain/orders/events.ts';
import { EVENTS, EVENT_TYPES, rowOf } from '../../../domain/orders/events.ts';
import { NO_FACTS } from '../../../domain/orders/facts.ts';
import { apply, applyAll, factOf } from '../../../domain/orders/fold.ts';
import { orderEvents, toldFieldsOf } from '../../helpers/arbitraries.ts';

const head = { id: 'e', at: 1_000 };

describe.each(EVENT_TYPES)('an event of type %s', (type) => {
  const { tells } = EVENTS[type];

  it('is read back from JSON as it was told, without the fields that no run is told', () => {
    fc.assert(
      fc.property(toldFieldsOf(tells), (told) => {
        const stored = { ...(JSON.parse(JSON.stringify(told)) as object), ofTheDatabase: 'words' };
        expect(factOf(type, head, stored)).toEqual({ ...head, type, ...told });
      }),
    );
  });

  it('is not read without a field that it needs, or with one of another kind', () => {
    fc.assert(
      fc.property(toldFieldsOf(tells), (told) => {
        for (const [name, field] of Object.entries<string>(tells)) {
          const { [name]: _left, ...rest } = told as Record<string, unknown>;
          expect(factOf(type, head, rest) === undefined).toBe(!field.endsWith('?'));
          expect(factOf(type, head, { ...rest, [name]: true })).toBeUndefined();
        }
      }),
    );
  });

  it('is a sign of life, and gives the same facts twice as once, unless it says nothing about the order', () => {
    fc.assert(
      fc.property(toldFieldsOf(tells), (told) => {
        const fact = { ...head, type, ...told } as Fact;
        const once = apply(NO_FACTS, fact);
        expect(once.lastAt).toBe(rowOf(type)?.learn ? head.at : 0);
        expect(apply(once, fact)).toEqual(once);
      }),
    );
  });
});

describe('a type that this version does not know', () => {
  const types = ['of_a_later_version', 'constructor', '__proto__', 'toString'];

  it('is not read', () => {
    for (const type of types) expect(factOf(type, head, {})).toBeUndefined();
  });

  it('changes no fact of a run that was told of it before a rollback', () => {
    fc.assert(
      fc.property(orderEvents, fc.constantFrom(...types), (events, type) => {
        const unknown = { id: 'u', at: 9e12, type, reason: 1 } as unknown as Fact;
        expect(applyAll(NO_FACTS, [unknown, ...events, unknown])).toEqual(applyAll(NO_FACTS, events));
      }),
    );
  });
});
