import { createVonageSender } from './client.ts';
import type { MessageSender, ProviderRecords } from './port.ts';
import { createVonageRecords } from './records.ts';

export interface VonageAccount {
  readonly applicationId: string;
  /** PEM, RSA. */
  readonly privateKey: string;
  readonly apiUrl: string;
  /** Absent: the account has no access to its records. */
  readonly records?: { readonly apiKey: string; readonly apiSecret: string; readonly url: string };
}

/** All that an account can be used for. `timeoutMs` is for one request. Throws where `createVonageSender` or `createVonageRecords` does. */
export function openAccount(
  { applicationId, privateKey, apiUrl, records }: VonageAccount,
  timeoutMs: number,
): { readonly sender: MessageSender; readonly records?: ProviderRecords } {
  const sender = createVonageSender({ applicationId, privateKey, baseUrl: apiUrl, timeoutMs });
  if (records === undefined) return { sender };
  const { apiKey, apiSecret, url } = records;
  return { sender, records: createVonageRecords({ apiKey, apiSecret, baseUrl: url, timeoutMs }) };
}
