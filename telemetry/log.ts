import type { DestinationStream, Logger } from 'pino';
import pino from 'pino';

const IDS = [
  'brand',
  'order',
  'contact',
  'message',
  'case',
  'request',
  'workflow',
  'taskQueue',
  'service',
  'webhook',
  'lane',
];
const WORDS = [
  'method',
  'route',
  'url',
  'kind',
  'type',
  'state',
  'status',
  'result',
  'reason',
  'code',
  'country',
  'error',
  'trace',
];
const NUMBERS = ['ms', 'count', 'attempt'];

/**
 * The fields that a log line may have. All others are dropped before the line is written, so that a name, number or
 * text in a log call never reaches a disk.
 */
const FIELDS = new Set([...IDS, ...WORDS, ...NUMBERS]);

/**
 * JSON lines on stdout, or to `destination`. A line is a fixed text and allow-listed fields; of an Error only its name is kept,
 * because databases and others quote values in their messages.
 */
export function createLog(level: string, destination: DestinationStream = pino.destination(1)): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: {
        logMethod([first, text]: readonly unknown[], method) {
          if (typeof first === 'string') return method.call(this, {}, first);
          const fields = allowed(first instanceof Error ? { error: first } : { ...(first as object) });
          return method.call(this, fields, typeof text === 'string' ? text : undefined);
        },
      },
      onChild() {
        throw new Error('a child logger would write its fields past the allow-list');
      },
    },
    destination,
  );
}

function allowed(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => {
      const shown = FIELDS.has(name) ? flat(value) : undefined;
      return shown === undefined ? [] : [[name, shown]];
    }),
  );
}

/** Only plain values are logged: the name of a field does not tell which fields an object has. */
function flat(value: unknown): unknown {
  if (value instanceof Error) return value.name;
  if (Array.isArray(value)) return value.filter((entry) => typeof entry !== 'object');
  return typeof value === 'object' ? undefined : value;
}

/** The place where an error was thrown, without its message, because PostgreSQL and others quote values in messages. */
export function traceOf(error: unknown): { error: string; code?: string; trace: string[] } {
  if (!(error instanceof Error)) return { error: typeof error, trace: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    error: error.name,
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    trace: frames.slice(0, 8).map((line) => line.trim()),
  };
}
