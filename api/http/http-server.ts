/** An HTTP server that limits everything that a caller could otherwise hold for ever. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An import would read the export `WebSocket`, which loads a library of 6 MB (pages/koa-router.ts). */
const { createServer } = process.getBuiltinModule('node:http');

export interface ServerLimits {
  /** Further connections are closed at once. */
  readonly maxConnections: number;
  /** From a request's first byte to the last of its body, ms. */
  readonly requestMs: number;
  /** An idle connection is kept for its next request, ms. */
  readonly keepAliveMs: number;
  /** Time after which a caller that neither sends nor reads counts as gone, ms. */
  readonly idleMs: number;
}

export const SERVER_LIMITS: ServerLimits = {
  maxConnections: 2_000,
  requestMs: 30_000,
  keepAliveMs: 5_000,
  idleMs: 120_000,
};

/** Time for the headers, ms: longer than a slow proxy takes, shorter than an attacker needs to hold many connections. */
const HEADERS_WITHIN = 10_000;
/** Interval at which time limits are checked, ms. */
const CHECKED_EVERY = 2_000;
/** A signed webhook has 12 headers of 1.5 KB in all; Node would accept 2,000 headers of 16 KB. */
const MAX_HEADERS = 64;
const MAX_HEADER_BYTES = 8 * 1024;

export interface RunningServer {
  readonly url: string;
  /** Takes no new connection and lets requests under way end, `graceMs` at most. */
  stop(graceMs: number): Promise<void>;
}

export type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The address of a server, and the setting of its port, which an error names if another process has the port. */
interface Listening {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly setting?: string;
  readonly limits?: ServerLimits;
}

/** Another process has the port. The message says which setting gives another one. */
export class PortTaken extends Error {}

/** Throws `PortTaken` if it is. */
export async function startServer(
  handle: Handle,
  { host, port, setting = 'its setting', limits = SERVER_LIMITS }: Listening,
): Promise<RunningServer> {
  const underWay = new Set<ServerResponse>();
  const server = createServer(
    {
      headersTimeout: Math.min(HEADERS_WITHIN, limits.requestMs),
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: Math.min(CHECKED_EVERY, limits.requestMs),
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    (request, response) => {
      underWay.add(response);
      response.once('close', () => underWay.delete(response));
      void handle(request, response);
    },
  );
  server.maxHeadersCount = MAX_HEADERS;
  server.maxConnections = limits.maxConnections;
  server.setTimeout(limits.idleMs);
  await listen(server, host, port).catch((cause: unknown) => {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')) throw cause;
    const how = `each process on a host needs a ${setting} of its own (EADDRINUSE)`;
    throw new PortTaken(`${setting}: another process listens on ${host}:${port}; ${how}`, { cause });
  });
  const { port: taken } = server.address() as AddressInfo;
  return { url: `http://${host}:${taken}`, stop: (graceMs) => close(server, underWay, graceMs) };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Closes idle connections at once. A request under way gets its answer within the grace time, and its connection is then closed. */
function close(server: Server, underWay: ReadonlySet<ServerResponse>, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    for (const response of underWay) if (!response.headersSent) response.setHeader('Connection', 'close');
    server.closeIdleConnections();
  });
}
