import { expect, it } from 'vitest';
import { callFailureOf } from '../../engine/call-failure.ts';

/** As @grpc/grpc-js makes it, and as Temporal's client wraps it. */
const grpc = (code: number): Error => Object.assign(new Error('13 said'), { code, details: 'said' });
const wrapped = (code: number): Error => new Error('Failed to start Workflow', { cause: grpc(code) });

it.each([
  ['unclear', 'UNAVAILABLE', 14],
  ['away', 'UNAUTHENTICATED', 16],
  ['away', 'PERMISSION_DENIED', 7],
  ['unclear', 'DEADLINE_EXCEEDED', 4],
  ['unclear', 'RESOURCE_EXHAUSTED', 8],
  ['unclear', 'INTERNAL', 13],
  ['refused', 'INVALID_ARGUMENT', 3],
  ['refused', 'FAILED_PRECONDITION', 9],
] as const)('%s: %s', (kind, code, number) => {
  expect(callFailureOf(grpc(number))).toEqual({ kind, code });
  expect(callFailureOf(wrapped(number))).toEqual({ kind, code });
});

it('an error before the call counts against its row, and a database that is away counts against no row', () => {
  expect(callFailureOf(new RangeError('not a compiled step: send x'))).toEqual({ kind: 'refused', code: 'RangeError' });
  const gone = Object.assign(new Error('terminating connection'), { code: '57P01' });
  expect(callFailureOf(gone).kind).toBe('away');
  expect(callFailureOf(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })).kind).toBe('away');
});
