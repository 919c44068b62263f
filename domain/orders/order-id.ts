/** Ids of orders, which are parts of paths of the API. */

/**
 * False for `.` and `..`: clients and proxies take them out of a path, percent-encoded too (URL standard, path state), so no caller could
 * ask for such an order, pause it or report an event about it.
 */
export function fitsInPath(id: string): boolean {
  return id !== '.' && id !== '..';
}
