/**
 * Why a row could not be handed to the engine. It decides who waits: a row that the engine refuses waits by itself, and an engine that
 * is away is asked again later about everything.
 */
import { isUnavailable } from '../db/unavailable.ts';

export interface CallFailure {
  /**
   * away: the engine, or the database, cannot be used by anybody.
   * unclear: a time-out, an overload, an error inside the engine or a part of it that is away. Others that were answered meanwhile say
   * that it is about this row.
   * refused: about this row and no other; the engine was not even asked, or has said so.
   */
  readonly kind: 'away' | 'unclear' | 'refused';
  /** A gRPC code or an error's name, for people: neither has personal data in it. */
  readonly code: string;
}

/** By number, as gRPC counts them. */
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
/**
 * RESOURCE_EXHAUSTED is said of one busy workflow, and of a namespace that asks too much; UNAVAILABLE of the engine, and of the shard
 * of one workflow.
 */
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
  // Without its namespace the engine can do nothing for anybody.
  return { kind: isUnavailable(error) || name === 'NamespaceNotFoundError' ? 'away' : 'refused', code: name };
}

function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return `${error.message} ${saidBy(error.cause)}`;
}

/** The client wraps what gRPC has said in an error of its own. */
function grpcCodeOf(error: unknown): string | undefined {
  for (const one of [error, error instanceof Error ? error.cause : undefined])
    if (one instanceof Error && 'code' in one && typeof one.code === 'number' && 'details' in one)
      return CODES[one.code] ?? 'UNKNOWN';
  return undefined;
}
