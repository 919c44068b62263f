/** A stable number from a key: the same contact always gets the same moment, and many contacts are spread evenly. */

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * An integer in `[0, range)` that depends on nothing but the key. A range below 1 gives 0.
 * 32-bit FNV-1a over UTF-16 units, then murmur3's finaliser: FNV alone leaves neighbouring keys ("c-1", "c-2") close together.
 */
export function spread(key: string, range: number): number {
  if (!(range >= 1)) return 0;
  let hash = FNV_OFFSET;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;
  return Math.floor(((hash >>> 0) / 2 ** 32) * Math.floor(range));
}
