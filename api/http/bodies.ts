/** Reads request bodies, each up to its own limit. All bodies in memory together have a limit per process. */
import type { IncomingMessage } from 'node:http';
import { bodyTooLarge, busy, incompleteBody } from './problem.ts';

/** Bytes. The largest real order, of 200 items, has 40 KB. */
const BODY_LIMIT = 64 * 1024;

export type ReadBody = (request: IncomingMessage, limit?: number) => Promise<Buffer>;

export interface Bodies {
  /** The body's bytes. Throws the problems `body_too_large`, `incomplete_body` and `busy`. */
  readonly read: ReadBody;
  /** The request was answered, so its bytes no longer count. */
  release(request: IncomingMessage): void;
}

export interface BodyRules {
  /**
   * If there is no room, the unfinished body that is oldest is dropped for one that began later. This is meant for
   * callers who are known only after their body has come: otherwise a stranger's half bodies would shut out all
   * others. Callers with a key wait for room instead.
   */
  readonly dropOldest?: boolean;
}

/** `most`: bytes of all bodies, counted from a body's first byte until its request is answered. */
export function createBodies(most: number, { dropOldest = false }: BodyRules = {}): Bodies {
  const held = new WeakMap<IncomingMessage, number>();
  /** Unfinished bodies, oldest first, and the functions that drop them. */
  const coming = new Map<IncomingMessage, () => void>();
  let all = 0;

  /** Counts the bytes that have arrived, not the announced length: a caller who announces much and sends nothing takes no room. */
  function hold(request: IncomingMessage, bytes: number, drop: () => void): boolean {
    all += bytes;
    held.set(request, (held.get(request) ?? 0) + bytes);
    if (!coming.has(request)) coming.set(request, drop);
    if (dropOldest) makeRoomFor(request);
    return all <= most;
  }

  /**
   * Only bodies older than this request are dropped. Otherwise a stranger's old half bodies, continued byte by byte, would drop every
   * newcomer.
   */
  function makeRoomFor(request: IncomingMessage): void {
    for (const [other, drop] of coming) {
      if (all <= most || other === request) return;
      drop();
    }
  }

  function release(request: IncomingMessage): void {
    coming.delete(request);
    all -= held.get(request) ?? 0;
    held.delete(request);
  }

  function read(request: IncomingMessage, limit = BODY_LIMIT): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const fail = (problem: Error): void => {
        stopListening();
        release(request);
        // The rest is read and discarded, because a caller that is still writing would not see the answer otherwise.
        request.resume();
        reject(problem);
      };
      const onData = (chunk: Buffer): void => {
        size += chunk.length;
        if (size > limit) fail(bodyTooLarge(limit));
        else if (hold(request, chunk.length, () => fail(busy()))) chunks.push(chunk);
        else fail(busy());
      };
      const onEnd = (): void => {
        stopListening();
        coming.delete(request);
        resolve(Buffer.concat(chunks, size));
      };
      const onBroken = (): void => fail(incompleteBody());
      function stopListening(): void {
        request.off('data', onData).off('end', onEnd).off('close', onBroken).off('error', onBroken);
        // A stream without a listener raises its errors as uncaught exceptions of the process.
        request.on('error', () => undefined);
      }
      if (request.destroyed) {
        reject(incompleteBody());
        return;
      }
      if (Number(request.headers['content-length'] ?? 0) > limit) return fail(bodyTooLarge(limit));
      request.on('data', onData).on('end', onEnd).on('close', onBroken).on('error', onBroken);
    });
  }

  return { read, release };
}
