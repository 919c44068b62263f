/** Ids that a shop chooses go where no phone number may: workflow ids, histories, logs, the audit log. */

/** Digits of a number that are enough to tell a person: a national number has 7 at least. */
const LEAST_DIGITS = 7;
/** Of a country's code, which an id may leave out. */
const MOST_CODE = 3;

/**
 * Whether an id is one of these numbers (E.164), with or without country code, trunk zeros and separators: `447400123456`,
 * `0044-7400-123456`, `07400.123456`, `order-447400123456`. Digits of any other number stay an id: an order number of 13 digits
 * often is a valid number of some country, so only the numbers of the person it is about are looked for.
 */
export function isNumberOf(id: string, numbers: readonly string[]): boolean {
  const runs = id
    .split(/[A-Za-z_#:/]+/)
    .map((run) => run.replaceAll(/\D/g, '').replace(/^0+/, ''))
    .filter((run) => run.length >= LEAST_DIGITS);
  return numbers.some((number) => {
    const digits = number.slice(1);
    return runs.some((run) => digits.endsWith(run) && digits.length - run.length <= MOST_CODE);
  });
}

/** Whether an id could be one at all: most have fewer digits in a row, and cost no look-up. */
export function mayBeNumber(id: string): boolean {
  return id.replaceAll(/[.-]/g, '').search(/\d{7}/) >= 0;
}
