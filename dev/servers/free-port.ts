import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below what systems give to outgoing connections (Linux from 32768, macOS and Windows from 49152). A port from there can be taken by
 * any connection before its server listens, even by a client of that very server, which then talks to itself.
 */
const FIRST = 15_000;
const LAST = 30_000;
const TRIES = 50;

/** A TCP port of 127.0.0.1 without a listener now. `preferred` is returned if it is free, which gives stable URLs. */
export async function freePort(preferred?: number): Promise<number> {
  const candidates = Array.from({ length: TRIES }, () => randomInt(FIRST, LAST));
  if (preferred) candidates.unshift(preferred);
  for (const port of candidates) if (await isFree(port)) return port;
  throw new Error('no free TCP port');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
