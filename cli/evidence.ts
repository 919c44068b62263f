/**
 * `npm run evidence -- export [--out DIR] | verify [--heads FILE ...]`: exports the heads of the chains, to be kept outside the database,
 * and checks the chains against them.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { appendHeads } from '../app/background/evidence-export.ts';
import { ConfigProblems, readConfig } from '../app/config.ts';
import { operatorEnvironment } from './running-installation.ts';
import type { Db } from '../db/connection/connect.ts';
import { connect } from '../db/connection/connect.ts';
import { verifyLedger } from '../db/consent/consent-ledger.ts';
import type { EvidenceHead } from '../queries/access/evidence.ts';
import { CHAINS, exportHeads, isMadeWithKeys, verifyEvidence } from '../queries/access/evidence.ts';
import { deriveKeys } from '../app/secrets.ts';
import { runCommand } from './run-command.ts';

const USAGE = 'usage: npm run evidence -- export [--out DIR] | verify [--heads FILE ...]';

const chain = z.object({ entries: z.number(), head: z.string().nullable() });
const HEAD = z.object({ brand: z.string(), at: z.string(), audit: chain, consents: chain, mac: z.string() });

type Keys = ReturnType<typeof deriveKeys>['evidence'];

async function exportTo(db: Db, keys: Keys, folder: string | undefined): Promise<boolean> {
  const now = Date.now();
  const heads = await exportHeads(db, keys, now);
  if (folder === undefined) process.stdout.write(heads.map((head) => `${JSON.stringify(head)}\n`).join(''));
  else {
    // The folder must exist. If it were made here, and its volume were not mounted, the heads would be on the
    // database's own host.
    const file = await appendHeads(folder, heads, now);
    console.log(`${heads.length} heads added to ${file}`);
  }
  return true;
}

/**
 * A line that is not a head, for example one cut off by a full disk, is reported, and all other lines are still
 * compared.
 */
async function readHeads(files: readonly string[]) {
  const heads: EvidenceHead[] = [];
  const unread: string[] = [];
  for (const file of files)
    for (const [index, line] of (await readFile(file, 'utf8')).split('\n').entries()) {
      if (line === '') continue;
      const head = headOf(line);
      if (head) heads.push(head);
      else unread.push(`${file}:${index + 1}`);
    }
  return { heads, unread };
}

/** Undefined: the arguments have another form. */
function headOf(line: string): EvidenceHead | undefined {
  try {
    return HEAD.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** Returns true if nothing is broken. */
async function verify(db: Db, keys: Keys, files: readonly string[]): Promise<boolean> {
  const { heads, unread } = await readHeads(files);
  for (const place of unread) console.log(`${place}: no head`);
  const foreign = heads.filter((head) => !isMadeWithKeys(keys, head));
  for (const { brand, at } of foreign) console.log(`${brand}: the head of ${at} was not made with this secret`);
  let broken = unread.length + foreign.length;
  const own = heads.filter((head) => !foreign.includes(head));
  const there = await db('brands').pluck<string[]>('id');
  // A brand that was deleted with all its entries is known only from its exported heads.
  for (const brand of new Set([...there, ...own.map((head) => head.brand)].toSorted())) {
    for (const chain of CHAINS) {
      const { entries, ended, loose, flaws } = await verifyEvidence(db, brand, chain, own);
      for (const flaw of flaws) console.log(`${brand}, ${chain}, ${flaw}`);
      console.log(
        `${brand}, ${chain}: ${entries} entries, ${ended} gone with an erased person, ${loose} not chained yet, ${flaws.length} broken`,
      );
      broken += flaws.length;
    }
    const ledger = await verifyLedger(db, brand);
    for (const { contact, seq, flaw } of ledger.broken)
      console.log(`${brand}, contact ${contact}, entry ${seq}: ${flaw}`);
    broken += ledger.broken.length;
  }
  console.log(
    heads.length === 0
      ? 'Without --heads, entries that are gone at the end do not show.'
      : `${heads.length} heads compared`,
  );
  return broken === 0;
}

function readArguments() {
  try {
    const options = { out: { type: 'string' }, heads: { type: 'string', multiple: true } } as const;
    const { positionals, values } = parseArgs({ allowPositionals: true, options });
    const [verb = ''] = positionals;
    return positionals.length === 1 && ['export', 'verify'].includes(verb) ? { verb, ...values } : undefined;
  } catch {
    return undefined;
  }
}

await runCommand(USAGE, readArguments(), async (chosen) => {
  const { databaseUrl = '', secrets } = readConfig(operatorEnvironment(), {
    database: true,
    vonage: false,
    secret: true,
  });
  const db = connect(databaseUrl, { poolMax: 1 });
  if (!secrets) throw new ConfigProblems(['DOPO_SECRET: not set']);
  const { evidence } = deriveKeys(secrets);
  const done = chosen.verb === 'export' ? exportTo(db, evidence, chosen.out) : verify(db, evidence, chosen.heads ?? []);
  return done.finally(() => db.destroy());
});
