/**
 * The percentile of some values by nearest rank: the value that `share` (0 to 1) of them do not exceed; 0 if there
 * are no values.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
