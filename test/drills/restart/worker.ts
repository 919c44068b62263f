/**
 * The send worker of the restart drill: that of main.ts but for one thing, an unknown outcome is settled within seconds. A kill between the
 * commit and the call leaves one behind, and with the real times it would be sent an hour after the drill.
 */
import { openConfigured } from '../../../app/compose.ts';
import { openWorkers } from '../../../app/workers.ts';
import type { SettleRules } from '../../../domain/sending/ledger.ts';

/** The provider of the drill answers within 200 ms and has a message on record after one second. */
const SETTLING: SettleRules = { callWithin: 2_000, answerWithin: 2_000, lookUpAfter: 2_000, settleAfter: 4_000 };

const stopped = new Promise<void>((resolve) => void process.once('SIGTERM', () => resolve()));
const configured = await openConfigured();
const worker = await openWorkers(configured, ['send'], SETTLING);
await Promise.race([stopped, worker.failed]);
await worker.stop();
await configured.db.destroy();
