/** Reading bodies: each up to its own limit, and all that are held at one moment up to one for the process. */
import type { IncomingMessage } from 'node:http';
import { bodyTooLarge, busy, incompleteBody } from './problem.ts';

/** Bytes. The largest real order of 200 items has 40 KB. */
const BODY_LIMIT = 64 * 1024;

export type ReadBody = (request: IncomingMessage, limit?: number) => Promise<Buffer>;

export interface Bodies {
  /** The body's bytes. Throws the problems `body_too_large`, `incomplete_body` and `busy`. */
  readonly read: ReadBody;
  /** The request has been answered: its bytes count no longer. */
  release(request: IncomingMessage): void;
}

export interface BodyRules {
  /**
   * Without room, the body that has been coming for longest is dropped for one that began after it. For callers whom nobody knows before
   * their body has come: a stranger who sends halves would else shut all others out. Who has a key waits for the room instead.
   */
  readonly dropOldest?: boolean;
}

/** `most`: bytes of all bodies from their first byte until their request is answered. */
export function createBodies(most: number, { dropOldest = false }: BodyRules = {}): Bodies {
  const held = new WeakMap<IncomingMessage, number>();
  /** Bodies without an end as yet and how to drop them, those that began first at the front. */
  const coming = new Map<IncomingMessage, () => void>();
  let all = 0;

  /** What has arrived counts, not what was announced: a caller who announces much and sends nothing takes nobody's room. */
  function hold(request: IncomingMessage, bytes: number, drop: () => void): boolean {
    all += bytes;
    held.set(request, (held.get(request) ?? 0) + bytes);
    if (!coming.has(request)) coming.set(request, drop);
    if (dropOldest) makeRoomFor(request);
    return all <= most;
  }

  /** One that began later never makes room: a stranger's old halves, continued byte by byte, would drop every newcomer. */
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
        // Read to the end and forgotten: a caller that is still writing would otherwise not see the answer.
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
        // A stream without a listener throws its errors at the process.
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
