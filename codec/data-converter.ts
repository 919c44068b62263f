import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { PayloadKey } from './aes-gcm.ts';
import { codecOf } from './aes-gcm.ts';

/** The path of the failure converter, for the workflow bundle, which must contain the same one. */
export const FAILURE_CONVERTER_PATH = fileURLToPath(new URL('failure-converter.ts', import.meta.url));

/** The converter of client and workers where payloads are encrypted. Undefined: no keys, so Temporal's own converter. */
export function dataConverterOf(keys: readonly PayloadKey[]): DataConverter | undefined {
  const codec = codecOf(keys);
  return codec && { payloadCodecs: [codec], failureConverterPath: FAILURE_CONVERTER_PATH };
}
