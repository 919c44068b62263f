/** The installation of the abuse drill: API and workers as separate processes, two brands, and the provider in the drill's own process. */
import { loadBrand } from '../../../brands/load.ts';
import { createApiKey } from '../../../commands/access/api-keys.ts';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import type { Db } from '../../../db/connection/connect.ts';
import { connect } from '../../../db/connection/connect.ts';
import type { Brand } from '../../../domain/orders/brand.ts';
import { SCOPES } from '../../../domain/access/scope.ts';
import { startProgram } from '../../../dev/programs.ts';
import { freePort } from '../../../dev/servers/free-port.ts';
import type { FakeVonage } from '../../../vonage/fake/contract.ts';
import { startFakeVonage } from '../../../vonage/fake/fake.ts';
import { SECRET, startDatabase, startTemporal } from '../../../dev/drill/servers.ts';
import type { Ending } from '../../../dev/drill/servers.ts';
import type { AbuseShop } from './shop.ts';
import { openAbuseShop } from './shop.ts';

export interface AbuseStage {
  readonly db: Db;
  /** A connection as the owner of the tables, because the service may neither make triggers nor damage rows. */
  readonly owner: Db;
  readonly vonage: FakeVonage;
  readonly apiUrl: string;
  /** The brand with the flood, and the brand with a few orders. */
  readonly loud: AbuseShop;
  readonly quiet: AbuseShop;
}

const ACCOUNT = {
  apiKey: 'dopodrill',
  apiSecret: 'a-secret-of-the-drills',
  signatureSecret: 'another-secret-of-the-drills',
};
const clock = { now: () => Date.now() };

/** `rate`: requests a second of the provider's account. */
export async function openAbuseStage(rate: number, begun: (ending: Ending) => void): Promise<AbuseStage> {
  const [postgres, temporal] = await Promise.all([startDatabase(), startTemporal()]);
  begun(async () => {
    await Promise.all([postgres.stop(), temporal.stop()]);
  });
  const db = connect(postgres.url);
  begun(() => db.destroy());
  const owner = connect(postgres.migrationUrl, { poolMax: 2 });
  begun(() => owner.destroy());
  const demo = loadBrand(new URL('../../../demo/brand.yaml', import.meta.url), 'demo/brand.yaml');
  const brands: readonly Brand[] = [
    { ...demo, id: 'rumoroso', name: 'Rumoroso', sender: '+393399957011' },
    { ...demo, id: 'silenzio', name: 'Silenzio', sender: '+393399957012' },
  ];
  const apiUrl = `http://127.0.0.1:${await freePort()}`;
  const [loud, quiet] = await Promise.all(
    brands.map(async (brand) => {
      await saveBrand(db, brand, clock.now());
      const key = await createApiKey(db, { brand: brand.id, label: 'drill', scopes: SCOPES }, clock.now());
      return openAbuseShop({ brand, apiUrl, key });
    }),
  );
  if (!loud || !quiet) throw new Error('two brands are needed');
  const vonage = await startFakeVonage({
    clock,
    ...ACCOUNT,
    receipts: 'after_response',
    statusUrl: `${apiUrl}/webhooks/vonage/status`,
    inboundUrl: `${apiUrl}/webhooks/vonage/inbound`,
    limit: { perSecond: rate, burst: rate },
  });
  begun(() => vonage.close());
  const env = {
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: temporal.address,
    PORT: new URL(apiUrl).port,
    OPS_PORT: '0',
    SEND_RATE: String(rate),
    LOG_LEVEL: 'info',
    VONAGE_APPLICATION_ID: vonage.applicationId,
    VONAGE_PRIVATE_KEY: vonage.privateKey,
    VONAGE_SIGNATURE_SECRET: ACCOUNT.signatureSecret,
    VONAGE_API_URL: vonage.url,
    VONAGE_API_KEY: ACCOUNT.apiKey,
    VONAGE_API_SECRET: ACCOUNT.apiSecret,
    VONAGE_REPORTS_URL: vonage.url,
    DOPO_SECRET: SECRET,
  };
  const programs = [
    { args: ['main.ts', 'api'], up: /"listening"/ },
    { args: ['main.ts', 'worker'], up: /"polling"/ },
  ].map(({ args, up }) => ({ program: startProgram(args, { env }), up }));
  begun(async () => {
    const begunAt = performance.now();
    for (const { program } of programs) program.kill('SIGTERM');
    await Promise.all(programs.map(({ program }) => program.ended));
    console.error(`API and workers stopped in ${((performance.now() - begunAt) / 1000).toFixed(1)} s`);
  });
  await Promise.all(programs.map(({ program, up }) => program.says(up)));
  return { db, owner, vonage, apiUrl, loud, quiet };
}
