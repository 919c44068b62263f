import type { Connection } from '@temporalio/client';

/** Custom search attributes by name. The types are Temporal's own. */
export type SearchAttributes = Readonly<Record<string, keyof typeof INDEXED_VALUE_TYPE>>;

/** temporal.api.enums.v1.IndexedValueType */
const INDEXED_VALUE_TYPE = { Text: 1, Keyword: 2, Int: 3, Double: 4, Bool: 5, Datetime: 6, KeywordList: 7 } as const;

/**
 * Registers search attributes; those that are there already stay. A workflow that sets an unregistered one is stuck. (Asking
 * first which are missing is not possible: the time-skipping server cannot list them.)
 */
export async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
  wanted: SearchAttributes,
): Promise<void> {
  const searchAttributes = Object.fromEntries(
    Object.entries(wanted).map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]]),
  );
  // The servers refuse an empty list.
  if (Object.keys(searchAttributes).length === 0) return;
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
}
