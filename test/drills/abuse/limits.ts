/**
 * Bombs a stranger's number with orders, HELPs and STOP/STARTs as fast as it goes, and orders with numbers of countries where the shop
 * sells nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { NUMBER_LIMITS } from '../../../domain/sending/gate/number-limits.ts';
import type { AbuseLimit } from './judge.ts';
import type { AbuseStage } from './stage.ts';
import { until } from './wait.ts';

export interface Bombing {
  readonly orders: number;
  readonly helps: number;
  /** Each a STOP and a START. */
  readonly switches: number;
}

const BOMBED = '+393475550301';
const ASKING = '+393475550302';
const SWITCHING = '+393475550303';
/** Satellite, Cuba, Somalia: the shop sells in none of them. */
const ELSEWHERE = ['+881631234567', '+5351234567', '+252612345678'];
/** Texts that are not out after this time are not going to come, ms. */
const SETTLES_MS = 5_000;

const everything = (): boolean => true;

/** Returns the limits of each number. */
export async function bombNumbers(
  { quiet, vonage }: AbuseStage,
  { orders, helps, switches }: Bombing,
): Promise<readonly AbuseLimit[]> {
  for (let count = 0; count < orders; count += 1) await quiet.place({ id: `bomba-${count}`, phone: BOMBED });
  for (const [index, phone] of ELSEWHERE.entries()) await quiet.place({ id: `altrove-${index}`, phone });
  await quiet.place({ id: 'chiede-1', phone: ASKING });
  await quiet.place({ id: 'cambia-1', phone: SWITCHING });
  await until(() => [ASKING, SWITCHING].every((phone) => vonage.messages().some(({ to }) => to === phone)));
  const before = new Set(vonage.messages());
  const { sender } = quiet.brand;
  for (let count = 0; count < helps; count += 1) await vonage.reply(ASKING, sender, 'HELP');
  for (let count = 0; count < switches; count += 1) {
    await vonage.reply(SWITCHING, sender, 'STOP');
    await vonage.reply(SWITCHING, sender, 'START');
  }
  await sleep(SETTLES_MS);
  const confirmations = [...before].filter(({ to }) => to === ASKING || to === SWITCHING).map(({ text }) => text);
  const isAnswer = (text: string): boolean => !confirmations.some((own) => own === text);
  return [
    {
      what: `${orders} orders with a stranger's number`,
      to: BOMBED,
      isCounted: everything,
      most: NUMBER_LIMITS.perDay,
    },
    { what: `${helps} HELP`, to: ASKING, isCounted: isAnswer, most: 1 },
    { what: `${switches} STOP and START`, to: SWITCHING, isCounted: isAnswer, most: 3 },
    ...ELSEWHERE.map((to) => ({ what: `an order for ${to.slice(0, 4)}...`, to, isCounted: everything, most: 0 })),
  ];
}
