/**
 * An order's timeline for people: the customer's own time, every message with its text, and the reason for every
 * message that was moved or not sent.
 */
import { DateTime } from 'luxon';
import { CHANNEL } from '../channels/all.ts';
import type { TimelineEntry } from '../queries/orders/timeline.ts';
import type { PlayedOrder } from './play.ts';

/** Columns before the free text: two spaces, 16 of date, 10 of what, 20 of kind, 17 of class, 6 of channel. */
const TEXT_COLUMN = 74;

/** The whole timeline of an order, wrapped to `width` columns. */
export function showPlayed({ scenario, view, notes, placedAt, wallMs }: PlayedOrder, width: number): string {
  const time = `${scenario.days} days in ${(wallMs / 1000).toFixed(1)} s`;
  const zone = view.zones[0] ?? scenario.zone;
  // The entries have no year, because most orders live within two years and a column would repeat them on every line.
  const placed = DateTime.fromMillis(placedAt, { zone }).setLocale('en').toFormat('dd LLL yyyy');
  const title = `Order ${view.name ?? view.id}   ${scenario.who}   placed ${placed}`;
  return [
    `${title.padEnd(Math.max(width - time.length, title.length + 3))}${time}`,
    ...notes.map((note) => `  note: ${note}`),
    ...view.timeline.flatMap((entry) => showEntry(entry, zone, width)),
  ].join('\n');
}

function showEntry(entry: TimelineEntry, zone: string, width: number): string[] {
  const at = localTime(entry.at, zone);
  switch (entry.what) {
    case 'sent':
    case 'failed':
      return row(
        at,
        entry.what,
        entry.kind,
        entry.class,
        channelOf(entry),
        [entry.text, ...remarks(entry)].join(' '),
        width,
      );
    case 'moved':
      return row(
        at,
        'moved',
        entry.kind,
        '',
        '',
        `to ${localTime(entry.until, zone)}: ${entry.reason} (${entry.rule})`,
        width,
      );
    case 'skipped':
      return row(at, 'not sent', entry.kind, '', '', `${entry.reason} (${entry.rule})`, width);
    case 'customer':
      return row(at, 'customer', `"${entry.text}"`, '', '', meaning(entry), width);
    case 'case_opened':
    case 'case_closed':
      return row(
        at,
        'agent',
        entry.what === 'case_opened' ? `case ${entry.case} opened` : `case ${entry.case} closed`,
        '',
        '',
        entry.kind,
        width,
      );
    case 'command':
      return row(at, 'operator', entry.type, '', '', '', width);
    case 'event':
      return row(
        at,
        '',
        entry.parcel === undefined ? entry.type : `${entry.type} (${entry.parcel})`,
        '',
        '',
        '',
        width,
      );
  }
}

/** With the number of segments where they are what is billed. */
function channelOf({ channel, segments }: Extract<TimelineEntry, { what: 'sent' | 'failed' }>): string {
  const { label, billedBy } = CHANNEL[channel];
  return billedBy === 'segment' ? `${label} ${segments}` : label;
}

function remarks({ reason, alsoArrivedBy }: Extract<TimelineEntry, { what: 'sent' | 'failed' }>): string[] {
  return [
    ...(reason === undefined ? [] : [`(${reason})`]),
    ...(alsoArrivedBy === undefined ? [] : [`(has arrived by ${CHANNEL[alsoArrivedBy].label} too)`]),
  ];
}

function meaning(entry: Extract<TimelineEntry, { what: 'customer' }>): string {
  return entry.score === undefined ? `taken as ${entry.meaning}` : `taken as ${entry.meaning} ${entry.score}`;
}

function row(
  at: string,
  what: string,
  kind: string,
  messageClass: string,
  channel: string,
  text: string,
  width: number,
): string[] {
  const head = `  ${at}  ${what.padEnd(9)} ${kind.padEnd(19)} ${messageClass.padEnd(17)} ${channel.padEnd(6)} `;
  const [first = '', ...more] = wrap(text, Math.max(30, width - TEXT_COLUMN));
  const start =
    head.trimEnd().length < TEXT_COLUMN ? head.slice(0, TEXT_COLUMN).padEnd(TEXT_COLUMN) : `${head.trimEnd()}  `;
  return [`${start}${first}`.trimEnd(), ...more.map((line) => ' '.repeat(TEXT_COLUMN) + line)];
}

/** Breaks at spaces; Korean letters are two columns wide in a terminal. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && columns(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

function columns(text: string): number {
  let sum = 0;
  for (const letter of text) sum += /[\u1100-\u11ff\u3000-\u9fff\uac00-\ud7af\uff00-\uff60]/.test(letter) ? 2 : 1;
  return sum;
}

function localTime(iso: string, zone: string): string {
  return DateTime.fromISO(iso, { zone }).setLocale('en').toFormat('ccc dd LLL HH:mm');
}

/**
 * A timeline entry in the form of `expect`: outcome, kind and reason. Events and the agent's actions are left out,
 * because the story itself has them.
 */
export function expectation(entry: TimelineEntry): string | undefined {
  switch (entry.what) {
    case 'sent':
      return `sent ${entry.kind}`;
    case 'failed':
    case 'moved':
    case 'skipped':
      return `${entry.what} ${entry.kind} ${entry.reason ?? ''}`.trimEnd();
    case 'customer':
      return `customer ${entry.meaning}${entry.score === undefined ? '' : ` ${entry.score}`}`;
    case 'case_opened':
    case 'case_closed':
      return `${entry.what} ${entry.kind}`;
    case 'event':
    case 'command':
      return undefined;
  }
}
