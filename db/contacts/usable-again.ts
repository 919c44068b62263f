import type { Channel } from '../../domain/sending/message.ts';
import type { Db } from '../connection/connect.ts';

/**
 * Makes a number reachable again on these channels, after a sign of life. It lifts no stop. Numbers that belong to a
 * former owner stay as they are. If the number is still dead, that costs one text, and the number is marked again.
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
