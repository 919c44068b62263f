/**
 * The send worker of the restart drill, as main.ts starts it but for one thing: an unknown outcome is settled within seconds. A
 * kill between the commit and the call leaves one behind, and with the real T2 it would be sent an hour after the drill.
 */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { environment, readConfig } from '../../../app/config.ts';
import { connect } from '../../../db/connection/connect.ts';
import type { Settling } from '../../../domain/sending/ledger.ts';
import { createLog } from '../../../telemetry/log.ts';
import { loadRules } from '../../../rules/load.ts';
import { loadTemplates } from '../../../templates/load.ts';
import { openAccount } from '../../../vonage/account.ts';
import { installRuntime, startWorkers } from '../../../app/worker.ts';
import { tokenOf } from '../../../dev/drill/keys.ts';

/** The provider of the drill answers within 200 ms and has a message on record after one second. */
const SETTLING: Settling = { callWithin: 2_000, answerWithin: 2_000, lookUpAfter: 2_000, settleAfter: 4_000 };

const stopped = new Promise<void>((resolve) => void process.once('SIGTERM', () => resolve()));
const config = readConfig(environment(), { database: true, temporal: true, vonage: true });
const { databaseUrl, vonage } = config;
if (databaseUrl === undefined || vonage === undefined) throw new Error('DATABASE_URL and VONAGE_* are needed');
const log = createLog(config.logLevel);
installRuntime(log);
const db = connect(databaseUrl);
const { connectionOptions } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);
const workers = await startWorkers(
  {
    db,
    tokenOf,
    rules: loadRules(),
    templates: loadTemplates(),
    ...openAccount(vonage, SETTLING.answerWithin),
    settling: SETTLING,
    clock: { now: () => Date.now() },
  },
  { connection, namespace: 'default', queues: ['send'], sendRate: config.sendRate, graceMs: config.shutdownGraceMs },
);
log.info({ service: 'worker', kind: 'send' }, 'polling');
await Promise.race([stopped, workers.done]);
await workers.stop();
await connection.close();
await db.destroy();
