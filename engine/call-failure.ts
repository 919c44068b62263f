/**
 * Classifies the failure of a call to the engine. If the engine refuses one row, only that row waits; if the engine
 * is away, all rows are tried again later.
 */
import { isUnavailable } from '../db/connection/unavailable.ts';

export interface CallFailure {
  /**
   * - away: the engine, or the database, cannot be used for any row.
   * - unclear: a time-out, an overload, an error inside the engine, or a part of it that is away. If other rows were answered meanwhile,
   *   the failure is about this row.
   * - refused: the failure is about this row alone; the engine said so, or was not even asked.
   */
  readonly kind: 'away' | 'unclear' | 'refused';
  /** A gRPC code or an error's name, for operators. Neither has personal data. */
  readonly code: string;
}

/** gRPC status codes, by number. */
const CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

const AWAY: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'PERMISSION_DENIED', 'UNIMPLEMENTED']);
/** RESOURCE_EXHAUSTED means one busy workflow, or a namespace over its rate; UNAVAILABLE means the engine, or the shard of one workflow. */
const UNCLEAR: ReadonlySet<string> = new Set([
  'CANCELLED',
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'RESOURCE_EXHAUSTED',
  'ABORTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

export function callFailureOf(error: unknown): CallFailure {
  const code = grpcCodeOf(error);
  if (code === 'RESOURCE_EXHAUSTED' && saidBy(error).includes('Workflow is busy')) return { kind: 'refused', code };
  if (code !== undefined) return { kind: AWAY.has(code) ? 'away' : UNCLEAR.has(code) ? 'unclear' : 'refused', code };
  const name = error instanceof Error ? error.name : typeof error;
  // The namespace is missing, so the engine can do nothing for any row.
  return { kind: isUnavailable(error) || name === 'NamespaceNotFoundError' ? 'away' : 'refused', code: name };
}

function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return `${error.message} ${saidBy(error.cause)}`;
}

/** The Temporal client wraps a gRPC error in an error of its own. */
function grpcCodeOf(error: unknown): string | undefined {
  for (const one of [error, error instanceof Error ? error.cause : undefined])
    if (one instanceof Error && 'code' in one && typeof one.code === 'number' && 'details' in one)
      return CODES[one.code] ?? 'UNKNOWN';
  return undefined;
}
