/**
 * The phones of the stand-in: the newest texts and replies, kept in a file where one is named. The file is the customers' own
 * phones, so an erasure at the shop leaves it alone; delete it to empty them.
 */
import { appendFileSync, chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { PhoneReply } from './phone-page.ts';
import type { AcceptedMessage } from './receipts.ts';

export interface PhoneLog {
  got(message: AcceptedMessage): void;
  wrote(reply: PhoneReply): void;
  messages(): readonly AcceptedMessage[];
  replies(): readonly PhoneReply[];
}

type Line = { readonly message: AcceptedMessage } | { readonly reply: PhoneReply };

const line = z.union([
  z.object({ message: z.looseObject({ to: z.string(), from: z.string(), text: z.string(), acceptedAt: z.number() }) }),
  z.object({ reply: z.looseObject({ from: z.string(), to: z.string(), text: z.string(), at: z.number() }) }),
]);

/** 2,000 are 1 MB at most: the page shows 60 phones of 40. */
const MOST_KEPT = 2_000;

/**
 * Each line is written at once but not flushed to disk: a crash of the process loses nothing, a crash of the machine
 * may lose the last texts.
 */
export function openPhoneLog(file?: string, most: number = MOST_KEPT): PhoneLog {
  let lines: Line[] = file === undefined ? [] : readLines(file).slice(-most);
  if (file !== undefined) rewrite(file, lines);
  const add = (one: Line): void => {
    lines.push(one);
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(one)}\n`, { mode: 0o600 });
    if (lines.length < 2 * most) return;
    lines = lines.slice(-most);
    if (file !== undefined) rewrite(file, lines);
  };
  return {
    got: (message) => add({ message }),
    wrote: (reply) => add({ reply }),
    messages: () => lines.flatMap((one) => ('message' in one ? [one.message] : [])),
    replies: () => lines.flatMap((one) => ('reply' in one ? [one.reply] : [])),
  };
}

/** Leaves out a line that a crash has cut off. All other lines are whole. */
function readLines(file: string): Line[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text) => {
      const read = line.safeParse(parsed(text));
      return read.success ? [read.data as unknown as Line] : [];
    });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Writes a second file and renames it, so that a crash leaves the old file or the new one. Only this user can read
 * it.
 */
function rewrite(file: string, lines: readonly Line[]): void {
  const next = `${file}.next`;
  writeFileSync(next, lines.map((one) => `${JSON.stringify(one)}\n`).join(''), { mode: 0o600 });
  chmodSync(next, 0o600);
  renameSync(next, file);
}
