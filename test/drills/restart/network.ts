/** The network between the services and a server, with a switch: a route that is cut loses nothing and answers nothing. */
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

export interface NetworkRoute {
  /** `host:port` for the programs that are to go through it. */
  readonly address: string;
  /** From now on bytes get no further, in either direction; connections stay open and new ones are taken. */
  cut(): void;
  /** From now on the open connections are silent but stay open. New ones work. */
  lose(): void;
  /** Bytes that were on their way arrive late. */
  mend(): void;
  close(): void;
}

const HOST = '127.0.0.1';

/** Opens a route to a port of this machine. A connection ends with the one behind it. */
export async function openRoute(target: number): Promise<NetworkRoute> {
  const pairs = new Map<Socket, Socket>();
  const lost = new WeakSet<Socket>();
  let whole = true;
  const join = (near: Socket, far: Socket): void => {
    near.pipe(far);
    far.pipe(near);
  };
  const server: Server = createServer((near) => {
    const far = connect(target, HOST);
    pairs.set(near, far);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => {});
      one.once('close', () => {
        pairs.delete(near);
        other.destroy();
      });
    }
    if (whole) join(near, far);
  });
  await new Promise<void>((resolve) => void server.listen(0, HOST, resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return {
    address: `${HOST}:${bound.port}`,
    cut() {
      whole = false;
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
      }
    },
    lose() {
      for (const [near, far] of pairs) {
        far.unpipe(near);
        lost.add(near);
      }
    },
    mend() {
      whole = true;
      for (const [near, far] of pairs) if (!lost.has(near)) join(near, far);
    },
    close() {
      server.close();
      for (const near of pairs.keys()) near.destroy();
    },
  };
}
