/** Values that are worked out from a message context rather than read from one of its fields. */
import type { ItemContext, MessageContext } from '../domain/text/message-context.ts';
import { usableUrl } from './clean/calls.ts';

const DAY = 86_400_000;

/**
 * The product the conversation is about: the first that the brand's catalogue knows something about, else the first.
 */
export function mainItemOfText({ items }: MessageContext): ItemContext | undefined {
  return items.find(isInCatalogue) ?? items[0];
}

function isInCatalogue({ title: _title, quantity: _quantity, ...catalogue }: ItemContext): boolean {
  return Object.values(catalogue).some((value) => value !== undefined);
}

/** Epoch ms; counted from delivery, as the journey does. */
export function supplyEndsAt(context: MessageContext): number | undefined {
  const days = mainItemOfText(context)?.runsOutAfterDays;
  const start = context.order?.deliveredAt;
  return days === undefined || start === undefined ? undefined : start + days * DAY;
}

/** The promised moment while it is still ahead, epoch ms. */
export function expectedAt({ order, now }: MessageContext): number | undefined {
  return order?.promisedAt !== undefined && order.promisedAt > now ? order.promisedAt : undefined;
}

/** Whole days past the promise while the order is still under way. */
export function daysLate({ order, now }: MessageContext): number | undefined {
  return order?.deliveredAt === undefined ? daysBetween(order?.promisedAt, now) : undefined;
}

/** Whole 24-hour days; undefined when `from` is unknown or still ahead. Both epoch ms. */
export function daysBetween(from: number | undefined, to: number): number | undefined {
  return from === undefined || from > to ? undefined : Math.floor((to - from) / DAY);
}

/** The first printable one of some links in the brand's file. */
function firstUsable(longest: number, ...urls: readonly (string | undefined)[]): string | undefined {
  return urls.find((url) => url !== undefined && usableUrl(url, longest) !== null);
}

/** The first printable one of some links from the order system or the carrier. */
export function firstUsableUrl(
  longest: number,
  { brand }: MessageContext,
  ...urls: readonly (string | undefined)[]
): string | undefined {
  return urls.find((url) => url !== undefined && usableUrl(url, longest, brand.linkHosts) !== null);
}

/** Where the customer of a download, an appointment or a thing begins; a guide will do for each. */
export function startUrl(context: MessageContext, longest: number): string | undefined {
  const { order } = context;
  const guide = mainItemOfText(context)?.guideUrl;
  switch (order?.fulfilment) {
    case 'digital':
      return firstUsable(longest, order.downloadUrl, guide);
    case 'service':
      return firstUsable(longest, order.bookingUrl, guide);
    default:
      return guide;
  }
}
