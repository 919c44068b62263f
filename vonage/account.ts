import { createVonageSender } from './client.ts';
import type { Provider } from './port.ts';
import { createVonageRecords } from './records.ts';
import { createVonageRedaction } from './redaction.ts';

export interface VonageAccount {
  readonly applicationId: string;
  /** PEM, RSA. */
  readonly privateKey: string;
  readonly apiUrl: string;
  /** Absent: the account has no access to its records, neither to read nor to redact them. */
  readonly records?: { readonly apiKey: string; readonly apiSecret: string; readonly url: string };
}

/** `timeoutMs` is for one request. Throws where `createVonageSender` or `createVonageRecords` does. */
export function openAccount(
  { applicationId, privateKey, apiUrl, records }: VonageAccount,
  timeoutMs: number,
): Provider {
  const sender = createVonageSender({ applicationId, privateKey, baseUrl: apiUrl, timeoutMs });
  if (records === undefined) return { sender };
  const { apiKey, apiSecret, url } = records;
  const account = { apiKey, apiSecret, baseUrl: url, timeoutMs };
  return { sender, records: createVonageRecords(account), redaction: createVonageRedaction(account) };
}
