/** The stage of the STOP drill: a PostgreSQL that tells the order of commits, the API as a process, the provider over HTTP. */
import { loadBrand } from '../../../brands/load.ts';
import { createApiKey } from '../../../commands/access/api-keys.ts';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import type { Db } from '../../../db/connection/connect.ts';
import { connect } from '../../../db/connection/connect.ts';
import { shopClient } from '../../../demo/shop-client.ts';
import { loadStandardJourney } from '../../../journeys/load.ts';
import type { Rules } from '../../../rules/load.ts';
import { loadRules } from '../../../rules/load.ts';
import { freePort } from '../../../dev/servers/free-port.ts';
import { createVonageSender } from '../../../vonage/client.ts';
import type { FakeVonage } from '../../../vonage/fake/fake.ts';
import { startFakeVonage } from '../../../vonage/fake/fake.ts';
import type { MessageSender } from '../../../vonage/port.ts';
import { startProgram } from '../../../dev/programs.ts';
import { SCOPES } from '../../../domain/access/scope.ts';
import type { Ending } from '../../../dev/drill/servers.ts';
import { startDatabase, SECRET } from '../../../dev/drill/servers.ts';
import { startCommitLog } from './judge.ts';
import type { Listener } from './no.ts';
import type { StopShop } from './customers.ts';

export interface StopStage extends Listener, StopShop {
  readonly brand: StopShop['brand'];
  readonly db: Db;
  /** A connection as the owner of the tables, because the service may neither read the commit log nor drop a trigger. */
  readonly owner: Db;
  readonly rules: Rules;
  readonly fake: FakeVonage;
  readonly sender: MessageSender;
}

const OLD_NUMBER = '+393399957002';
const SIGNATURE_SECRET = 'a-signature-secret-of-the-drill';
const API_KEY = 'dopodrill';
const clock = { now: () => Date.now() };

export async function openStopStage(begun: (ending: Ending) => void): Promise<StopStage> {
  // Nothing of it is flushed to disk, but a commit is answered only when it is in the log that is read afterwards.
  const postgres = await startDatabase({ parameters: { wal_level: 'logical', synchronous_commit: 'on' } });
  begun(postgres.stop);
  const db = connect(postgres.url, { poolMax: 40 });
  begun(() => db.destroy());
  const owner = connect(postgres.migrationUrl, { poolMax: 1 });
  begun(() => owner.destroy());
  const brand = loadBrand(new URL('../../../demo/brand.yaml', import.meta.url), 'demo/brand.yaml');
  await saveBrand(db, { ...brand, sender: OLD_NUMBER }, clock.now());
  await saveBrand(db, brand, clock.now());
  const key = await createApiKey(db, { brand: brand.id, label: 'drill', scopes: SCOPES }, clock.now());

  const url = `http://127.0.0.1:${await freePort()}`;
  const fake = await startFakeVonage({
    clock,
    apiKey: API_KEY,
    signatureSecret: SIGNATURE_SECRET,
    receipts: 'manual',
    statusUrl: `${url}/webhooks/vonage/status`,
    inboundUrl: `${url}/webhooks/vonage/inbound`,
  });
  begun(() => fake.close());
  const { applicationId, privateKey } = fake;
  const api = startProgram(['main.ts', 'api'], {
    env: {
      DATABASE_URL: postgres.url,
      PORT: new URL(url).port,
      OPS_PORT: '0',
      // No engine is there: all that a STOP does against a send is done before it is answered, and before any workflow hears of it.
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      VONAGE_APPLICATION_ID: applicationId,
      VONAGE_PRIVATE_KEY: privateKey,
      VONAGE_SIGNATURE_SECRET: SIGNATURE_SECRET,
      DOPO_SECRET: SECRET,
      VONAGE_API_URL: fake.url,
    },
  });
  begun(async () => {
    api.kill('SIGTERM');
    await api.ended;
  });
  await api.says(/"listening"/);
  await startCommitLog(owner);
  const rules = loadRules();
  return {
    db,
    owner,
    rules,
    fake,
    brand,
    oldNumber: OLD_NUMBER,
    journey: loadStandardJourney(),
    keywords: rules.keywords,
    sender: createVonageSender({ applicationId, privateKey, baseUrl: fake.url, timeoutMs: 10_000 }),
    api: { url, shop: shopClient(url, key), signer: { clock, apiKey: API_KEY, signatureSecret: SIGNATURE_SECRET } },
  };
}
