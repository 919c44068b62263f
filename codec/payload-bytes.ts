/** A payload as bytes: its metadata as JSON behind 4 bytes of length, then its data. And as the JSON of Temporal's codec endpoints. */
import type { Payload } from '@temporalio/common';

const LENGTH_BYTES = 4;

export function encodePayload({ metadata, data }: Payload): Buffer {
  const head = Buffer.from(JSON.stringify(base64Of(metadata)));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, data ?? new Uint8Array()]);
}

/** Throws for bytes that `encodePayload` has not made. */
export function decodePayload(bytes: Buffer): Payload {
  const end = LENGTH_BYTES + bytes.readUInt32BE();
  const head = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, end)) as Record<string, string>;
  return payloadOf({ metadata: head, data: bytes.toString('base64', end) });
}

/** proto3 JSON, as Temporal's UI and CLI send it to a codec endpoint: every byte field is base64. */
export interface JsonPayload {
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly data?: string | undefined;
}

export function payloadOf({ metadata, data }: JsonPayload): Payload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ),
    data: Buffer.from(data ?? '', 'base64'),
  };
}

export function jsonOf({ metadata, data }: Payload): JsonPayload {
  return { metadata: base64Of(metadata), data: Buffer.from(data ?? []).toString('base64') };
}

function base64Of(metadata: Payload['metadata']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value ?? []).toString('base64')]),
  );
}
