/**
 * Two checkouts to become another person: first with the victim's number, then with the attacker's own, before or after the victim's own
 * order.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AbusedPerson, AbuseSeen } from './judge.ts';
import type { AbuseStage } from './stage.ts';
import { until } from './wait.ts';

interface Attack {
  readonly victim: AbusedPerson;
  readonly attacker: AbusedPerson;
  readonly number: number;
}

const personOf = (name: string, phone: string, secrets: readonly string[]): AbusedPerson => ({ name, phone, secrets });

function attackOf(number: number): Attack {
  const digits = String(number).padStart(2, '0');
  return {
    number,
    victim: personOf('victim', `+3934755501${digits}`, [
      `vero-${digits}`,
      `TRACCIA${digits}X`,
      `Vittoria${'abcdefghij'[number % 10]}`,
    ]),
    attacker: personOf('attacker', `+3934755502${digits}`, [`proprio-${digits}`]),
  };
}

const ATTACKS = 4;

/** Odd attackers wait for the victim to order; even ones come after the victim. Returns all persons, and all that each of them has seen. */
export async function attackCustomers(
  stage: AbuseStage,
): Promise<{ people: readonly AbusedPerson[]; seen: readonly AbuseSeen[] }> {
  const { quiet, vonage } = stage;
  const attacks = Array.from({ length: ATTACKS }, (_, number) => attackOf(number));
  const seen: AbuseSeen[] = [];
  for (const { victim, attacker, number } of attacks) {
    const [order, tracking = '', firstName] = victim.secrets;
    const realOrder = () =>
      quiet.place({ id: order ?? '', phone: victim.phone, customer: `cliente-${number}`, firstName: firstName ?? '' });
    if (number % 2 === 0) await realOrder();
    await quiet.place({ id: `esca-${number}`, phone: victim.phone, customer: `altro-${number}`, firstName: 'Aldo' });
    const own = await quiet.place({
      id: attacker.secrets[0] ?? '',
      phone: attacker.phone,
      customer: `altro-${number}`,
    });
    if (number % 2 === 1) await realOrder();
    await quiet.report(order ?? '', {
      id: 'spedito',
      type: 'parcel_shipped',
      parcel: {
        id: 'p1',
        carrier: 'Poste',
        trackingNumber: tracking,
        trackingUrl: `https://poste.example/${tracking}`,
      },
    } as never);
    await until(() => vonage.messages().some(({ to }) => to === victim.phone));
    await vonage.reply(attacker.phone, quiet.brand.sender, 'HELP');
    const { text } = await quiet.get(`/v1/contacts/${own ?? ''}/export`);
    seen.push({ by: attacker, what: 'download', content: text });
  }
  await until(() => attacks.every(({ attacker }) => linkTo(stage, attacker) !== undefined));
  await sleep(1_000);
  for (const { attacker } of attacks) {
    const link = linkTo(stage, attacker);
    if (link === undefined) continue;
    const page = await fetch(`${stage.apiUrl}/p/${link.split('/').at(-1) ?? ''}`);
    seen.push({ by: attacker, what: 'page', content: await page.text() });
  }
  const people = attacks.flatMap(({ victim, attacker }) => [victim, attacker]);
  for (const { to, text } of vonage.messages()) {
    const by = people.find(({ phone }) => phone === to);
    if (by) seen.push({ by, what: 'text', content: text });
  }
  return { people, seen };
}

/** The link of the page in the answer to HELP. */
function linkTo({ vonage, quiet }: AbuseStage, { phone }: AbusedPerson): string | undefined {
  const base = quiet.brand.links.preferences ?? '';
  const texts = vonage.messages().filter(({ to }) => to === phone);
  return texts.flatMap(({ text }) => text.split(/\s+/).filter((word) => word.startsWith(`${base}/`))).at(-1);
}
