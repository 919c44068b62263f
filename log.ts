import type { Logger } from 'pino';
import pino from 'pino';

/**
 * The fields a log line may have. Anything else is dropped before it is written: a name, number or text that slips into a
 * log call never reaches a disk.
 */
const FIELDS = new Set([
  'brand', 'order', 'contact', 'message', 'inbound', 'row', 'workflow', 'service', 'requestId', 'method', 'route', 'status', 'ms', 'kind', 'code',
  'reason', 'error', 'errorId', 'count', 'url', 'attempt', 'taskQueue', 'state', 'stack',
]);

/** JSON lines on stdout. `error` holds the name and message of an Error, which our own errors keep free of personal data. */
export function createLog(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label) => ({ level: label }),
      log: (fields) => Object.fromEntries(Object.entries(fields).filter(([name]) => FIELDS.has(name))),
    },
  });
}
