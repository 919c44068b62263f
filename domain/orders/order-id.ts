/**
 * Ids that a shop chooses, for orders and for events about them. They stand in paths of the API, and travel to workflow ids, histories, logs and
 * the audit log, where no phone number may be.
 */

/**
 * False for `.` and `..`: clients and proxies take them out of a path, percent-encoded too (URL standard, path state), so no caller could
 * ask for such an order, pause it or report an event about it.
 */
export function fitsInPath(id: string): boolean {
  return id !== '.' && id !== '..';
}

/** Digits that are enough to identify a person: a national number has at least 7. */
const LEAST_DIGITS = 7;
/** Digits of the longest country code, which an id may leave out. */
const MOST_CODE = 3;

/**
 * Whether an id is one of these numbers (E.164), with or without country code, trunk zeros and separators: `447400123456`,
 * `0044-7400-123456`, `07400.123456`, `order-447400123456`. Only the numbers of the person concerned are compared: an order number of 13
 * digits is often a valid number of some country, so a general check would refuse it.
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

/** Whether an id has enough digits in a row to be a number. Most ids have fewer, and cost no look-up. */
export function mayBeNumber(id: string): boolean {
  return id.replaceAll(/[.-]/g, '').search(/\d{7}/) >= 0;
}
