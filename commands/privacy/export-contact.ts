/**
 * Gives out exports as streams. Each holds a connection and a snapshot while it is read, so their number and their
 * time are limited.
 */
import { Readable } from 'node:stream';
import { MINUTE } from '../../domain/time/duration.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { answerDataRequests } from '../../db/privacy/data-requests.ts';
import { readExport } from '../../queries/privacy/export.ts';

/** Bytes of an export. A reader that goes away destroys it, which frees its connection. */
export type ExportFile = Readable;

export interface ExportRequest {
  readonly brand: string;
  readonly contact: string;
  /** The audit log names this person as the one who fetched it. */
  readonly actor: string;
  /** Epoch ms. */
  readonly now: number;
}

/** Room for one export. */
export interface ExportPlace {
  /**
   * The file as a stream, once it stands in the audit log that it is being fetched; undefined: no such contact of this brand. A stream
   * that is destroyed ends its transaction. One that fails midway ends with an error, never like a whole file.
   */
  readonly giveOut: (request: ExportRequest) => Promise<ExportFile | undefined>;
  /** Frees the place for another export. Not needed after `giveOut`. */
  readonly leave: () => void;
}

export interface Exports {
  /** Undefined: all places are taken. */
  readonly reserve: () => ExportPlace | undefined;
}

interface ExportLimits {
  /**
   * In one process, and never more than one for two connections of its pool: each takes one, and for a moment a second one for its
   * audit entry. Two on two connections would wait for each other.
   */
  readonly most: number;
  /** From the first row to the last byte, ms: a slow reader holds a snapshot, and with it what vacuum may remove. */
  readonly within: number;
}

const EXPORT_LIMITS: ExportLimits = { most: 2, within: 5 * MINUTE };

export function createExports(db: Db, limits: Partial<ExportLimits> = {}): Exports {
  const { most, within } = { ...EXPORT_LIMITS, ...limits };
  const room = Math.min(most, Math.floor(connectionsOf(db) / 2));
  let underWay = 0;
  return {
    reserve() {
      if (underWay >= room) return undefined;
      underWay += 1;
      let left = false;
      const leave = (): void => {
        if (!left) underWay -= 1;
        left = true;
      };
      return { leave, giveOut: (request) => giveOut(db, request, within, leave) };
    },
  };
}

function connectionsOf(db: Db): number {
  return (db.client as { pool: { max: number } }).pool.max;
}

async function giveOut(
  db: Db,
  { brand, contact, actor, now }: ExportRequest,
  within: number,
  leave: () => void,
): Promise<ExportFile | undefined> {
  let end = async (): Promise<void> => leave();
  try {
    const until = Date.now() + within;
    const trx = await db.transaction({ isolationLevel: 'repeatable read', readOnly: true });
    // A connection that is gone has no transaction any more; knex takes it out of the pool.
    end = () => trx.rollback().then(leave, leave);
    const found = await readExport(trx, brand, contact, now);
    if (!found) {
      await end();
      return undefined;
    }
    await db.transaction(async (other) => {
      await answerDataRequests(other, contact, now);
      const subject = { kind: 'contact', id: contact } as const;
      const after = { sha256: found.manifest.sha256 };
      await recordAudit(other, { brand, actor, action: 'export_contact', subject, after }, now);
    });
    const stream = Readable.from(found.text(), { objectMode: false });
    const limit = setTimeout(() => stream.destroy(new Error('the export took too long')), until - Date.now());
    stream.once('close', () => {
      clearTimeout(limit);
      void end();
    });
    return stream;
  } catch (error) {
    await end();
    throw error;
  }
}
