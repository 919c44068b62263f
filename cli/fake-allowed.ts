/**
 * Decides when the stand-in may take the place of Vonage: never where an operator could believe that customers get
 * texts.
 */
import type { Config } from '../app/config.ts';

const LOOPBACK: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

export function isLoopback(host: string): boolean {
  return LOOPBACK.includes(host);
}

/** The reasons why `npm start` must not use the stand-in, one line each. Empty: it may, or does not need it. */
export function reasonAgainstFake({ vonage, databaseUrl, host, fakeVonage }: Config): readonly string[] {
  if (vonage || fakeVonage === 'allowed') return [];
  const why = [
    ...(databaseUrl === undefined ? [] : ['a database of your own is configured']),
    ...(isLoopback(host) ? [] : ['other machines can reach the API (HOST)']),
  ];
  return why.map(
    (reason) =>
      `DOPO_FAKE_VONAGE: Vonage is not configured, and ${reason}: nobody would be written to. Set VONAGE_*, or DOPO_FAKE_VONAGE=allowed`,
  );
}
