/**
 * A contact's number among its rows of `addresses`. Every number takes the base channel, so the row on that channel is the number. A row on
 * another channel says what is known of the same number there. The parts are constants of a statement, so its text never changes.
 */
import { REACHED_BY_NUMBER } from '../../channels/all.ts';
import { BASE_CHANNEL } from '../../domain/sending/message.ts';

/** Row `alias` of `addresses` is the number itself. */
export function isNumber(alias: string): string {
  return isOnBaseChannel(`${alias}.channel`);
}

export function isOnBaseChannel(column: string): string {
  return `${column} = '${BASE_CHANNEL}'`;
}

/** Row of `addresses`: of the number, or of what is known of it on any channel. Listed, because the index of current numbers begins with it. */
export const OF_NUMBER = `channel in (${REACHED_BY_NUMBER.map((name) => `'${name}'`).join(', ')})`;
