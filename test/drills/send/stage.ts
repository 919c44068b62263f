/** The stage of the send drill: the real API, the stand-in for Vonage whose log is the judge, and a shop that places orders. */
import { connectTemporal, temporalWorkflows } from '../../../engine/temporal.ts';
import { loadBrand } from '../../../brands/load.ts';
import { createApiKey } from '../../../commands/access/api-keys.ts';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import type { Db } from '../../../db/connection/connect.ts';
import { connect } from '../../../db/connection/connect.ts';
import { contactFor } from '../../../db/contacts/identity.ts';
import { saveLane } from '../../../db/sending/lanes/lanes.ts';
import { shopClient } from '../../../demo/shop-client.ts';
import type { LaneSettings } from '../../../domain/sending/lane.ts';
import type { MessageState } from '../../../domain/sending/message.ts';
import { countryOfNumber } from '../../../domain/contacts/phone.ts';
import { createLog } from '../../../telemetry/log.ts';
import { loadRules } from '../../../rules/load.ts';
import { startApi } from '../../../app/api.ts';
import type { AcceptedMessage } from '../../../vonage/fake/receipts.ts';
import { startFakeVonage } from '../../../vonage/fake/fake.ts';
import { orderWorkflowId } from '../../../workflows/contract.ts';
import { SCOPES } from '../../../domain/access/scope.ts';
import type { Subject, DrillWorkerSettings } from './channel.ts';
import { providerFaults } from './faults.ts';
import type { SendLedgerEntry } from './judge.ts';
import { DRILL_JOURNEY, drillOrderBody, zoneAtNoon } from './orders.ts';
import type { Batch } from './plan.ts';
import type { Ending } from '../../../dev/drill/servers.ts';
import { keys, storeOf } from '../../../dev/drill/servers.ts';

const ACCOUNT = {
  apiKey: 'dopofake',
  apiSecret: 'a-secret-of-the-drills',
  signatureSecret: 'another-secret-of-the-drills',
};
/**
 * Hundreds are looked up within seconds here, and who is told to come back later comes in a quarter of an hour. The account has no
 * lane: with a fault in every message its circuit would be open most of the time, and rightly so.
 */
const RECORDS: LaneSettings = {
  id: 'records',
  kind: 'records',
  unit: 'messages',
  tokens: 1_000,
  periodMs: 1_000,
  reserved: 0,
};
/** Orders the shop places at a time. */
const AT_ONCE = 8;
const UNSETTLED: readonly MessageState[] = ['planned', 'submitted', 'unknown'];

export interface SendStage {
  readonly provider: DrillWorkerSettings['provider'];
  readonly db: Db;
  /** Tells the provider its faults, then places the orders. */
  place(batch: Batch): Promise<void>;
  /** Undefined: no order of the drill. */
  orderOf(subject: Subject): Promise<string | undefined>;
  /** Temporal has nothing under way for an order: the results of its activities are in its history. */
  isIdle(order: string): Promise<boolean>;
  /** Orders without a message, or with one that can still change by itself. */
  unsettled(): Promise<number>;
  ledger(): Promise<readonly SendLedgerEntry[]>;
  taken(): readonly AcceptedMessage[];
}

/** Opens the stage on a migrated database and a Temporal server (`host:port`). */
export async function openSendStage(
  databaseUrl: string,
  temporalAddress: string,
  begun: (ending: Ending) => void,
): Promise<SendStage> {
  const clock = { now: () => Date.now() };
  const db = connect(databaseUrl, { poolMax: 20 });
  begun(() => db.destroy());
  // A digital order opens no country, so the brand lists the customers' country.
  const demo = loadBrand(new URL('../../../demo/brand.yaml', import.meta.url), 'demo/brand.yaml');
  const brand = { ...demo, countries: ['NO'] };
  await saveBrand(db, brand, clock.now());
  await saveLane(db, RECORDS);
  const key = await createApiKey(db, { brand: brand.id, label: 'drill', scopes: SCOPES }, clock.now());
  const { client, close } = connectTemporal({ connectionOptions: { address: temporalAddress } });
  begun(close);
  const api = await startApi(
    {
      ...storeOf(db),
      clock,
      rules: loadRules(),
      keys,
      log: createLog('error'),
      workflows: temporalWorkflows(client),
      webhookSecrets: [ACCOUNT.signatureSecret],
    },
    { journey: DRILL_JOURNEY, shutdownGraceMs: 1_000 },
  );
  begun(() => api.stop());
  const vonage = await startFakeVonage({
    clock,
    ...ACCOUNT,
    receipts: 'after_response',
    statusUrl: `${api.url}/webhooks/vonage/status`,
    inboundUrl: `${api.url}/webhooks/vonage/inbound`,
  });
  begun(() => vonage.close());
  const shop = shopClient(api.url, key);
  const phones = new Map<string, string>();
  const orders = new Map<string, string>();

  return {
    db,
    provider: { ...ACCOUNT, applicationId: vonage.applicationId, privateKey: vonage.privateKey, baseUrl: vonage.url },
    taken: () => vonage.messages(),
    async place(batch) {
      for (const send of batch) {
        phones.set(send.phone, send.order);
        for (const fault of providerFaults(send)) vonage.setFault(fault);
      }
      const left = batch.values();
      const lane = async (): Promise<void> => {
        for (const send of left) {
          await chooseZone(db, brand.id, send.phone, clock.now());
          await shop.placeOrder(drillOrderBody(send, clock.now()));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
    },
    async orderOf(subject) {
      if ('order' in subject) return subject.order;
      if ('to' in subject) return phones.get(subject.to);
      const known = orders.get(subject.message);
      if (known !== undefined) return known;
      const row: { order_id: string } | undefined = await db('messages')
        .where({ id: subject.message })
        .first('order_id');
      if (row) orders.set(subject.message, row.order_id);
      return row?.order_id;
    },
    async isIdle(order) {
      const { raw } = await client.workflow.getHandle(orderWorkflowId(brand.id, order)).describe();
      return (raw.pendingActivities ?? []).length === 0;
    },
    async unsettled() {
      const settled = db('messages').whereNotIn('state', UNSETTLED);
      const [{ count: ended } = { count: 0 }] = await settled.countDistinct<{ count: number }[]>('order_id as count');
      const [{ count: all } = { count: 0 }] = await db('orders').count<{ count: number }[]>('* as count');
      return all - ended;
    },
    ledger: () =>
      db('messages as m')
        .leftJoin('attempts as a', 'a.message_id', 'm.id')
        .groupBy('m.id')
        .select<SendLedgerEntry[]>(
          'm.id as message',
          'm.order_id as order',
          'm.state',
          'm.reason',
          db.raw(`coalesce(array_agg(a.client_ref) filter (where a.id is not null), '{}') as "clientRefs"`),
        ),
  };
}

/** The person has chosen their zone on the preference page before they order. The shop's zone is only a guess beside the country. */
async function chooseZone(db: Db, brand: string, e164: string, now: number): Promise<void> {
  const country = countryOfNumber(e164);
  const phone = { e164, ...(country !== undefined && { country }) };
  await db.transaction(async (trx) => {
    const id = await contactFor(storeOf(trx), brand, { phone }, now, now);
    await trx('contacts')
      .where({ id })
      .update({ zone: zoneAtNoon(now), zone_chosen: true });
  });
}
