import type { Channel } from '../../domain/sending/message.ts';
import type { Db } from '../connection/connect.ts';

/**
 * Takes back that a number cannot be reached on these channels: there is a sign of life. It lifts no stop. Numbers that belong to a former
 * owner stay as they are. One that is still dead costs one text, and is marked again.
 */
export async function makeUsable(
  db: Db,
  {
    brand,
    address,
    channels,
  }: { readonly brand: string; readonly address: string; readonly channels: readonly Channel[] },
): Promise<void> {
  await db.raw(
    `update addresses set usable = true where brand_id = :brand and address = :address and channel = any(:channels)
       and not usable and retired_at is null`,
    { brand, address, channels: [...channels] },
  );
}
