/**
 * `npm run brand -- apply FILE | key BRAND --label L --scopes A,B [--expires DATE] | list BRAND | revoke BRAND LABEL`: stores a brand's
 * file, makes an API key and shows it once, lists a brand's keys, or ends one.
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { loadBrand } from '../brands/load.ts';
import { readConfig } from '../app/config.ts';
import { operatorEnvironment } from './running-installation.ts';
import { listApiKeys } from '../db/access/api-keys.ts';
import { createApiKey, revokeApiKey } from '../commands/access/api-keys.ts';
import { findBrand } from '../db/orders/brands.ts';
import { saveBrand } from '../commands/orders/save-brand.ts';
import type { Db } from '../db/connection/connect.ts';
import { connect } from '../db/connection/connect.ts';
import { migrateLatest } from '../db/schema/migrate.ts';
import type { Scope } from '../domain/access/scope.ts';
import { SCOPES, isScope } from '../domain/access/scope.ts';
import { runCommand } from './run-command.ts';

/** The actor in the audit log. */
const ACTOR = 'command line';

const USAGE = `usage: npm run brand -- apply FILE
       npm run brand -- key BRAND --label LABEL --scopes SCOPE,SCOPE [--expires DATE]
       npm run brand -- list BRAND
       npm run brand -- revoke BRAND LABEL
scopes: ${SCOPES.join(', ')}
DATE: the day after which the key opens nothing, such as 2027-11-30, or a moment with zone`;

type Command =
  | { readonly verb: 'apply'; readonly file: string }
  | {
      readonly verb: 'key';
      readonly brand: string;
      readonly label: string;
      readonly scopes: readonly Scope[];
      readonly expiresAt?: number;
    }
  | { readonly verb: 'list'; readonly brand: string }
  | { readonly verb: 'revoke'; readonly brand: string; readonly label: string };

/** Undefined: the arguments have another form. */
function readCommand(args: readonly string[]): Command | undefined {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { label: { type: 'string' }, scopes: { type: 'string' }, expires: { type: 'string' } },
    });
    const [verb, subject = '', label = '', ...more] = positionals;
    if (subject === '' || more.length > 0 || (verb !== 'key' && Object.keys(values).length > 0)) return undefined;
    if (verb === 'revoke') return label === '' ? undefined : { verb, brand: subject, label };
    if (label !== '') return undefined;
    if (verb === 'apply') return { verb, file: subject };
    if (verb === 'list') return { verb, brand: subject };
    return verb === 'key' ? keyCommand(subject, values) : undefined;
  } catch {
    return undefined;
  }
}

const MOST_LABEL = 100;

function keyCommand(
  brand: string,
  { label = '', scopes = '', expires }: { label?: string; scopes?: string; expires?: string },
): Command | undefined {
  const named = scopes.split(',').map((scope) => scope.trim());
  for (const scope of named) if (scope !== '' && !isScope(scope)) console.error(`${scope} is no scope`);
  if (label === '' || label.length > MOST_LABEL || !named.every(isScope)) return undefined;
  const made = { verb: 'key', brand, label, scopes: [...new Set(named)] } as const;
  if (expires === undefined) return made;
  const expiresAt = momentOf(expires);
  return expiresAt === undefined ? undefined : { ...made, expiresAt };
}

/** The end of a day, in UTC. */
function momentOf(text: string): number | undefined {
  const day = z.iso.date().safeParse(text);
  const moment = z.iso.datetime({ offset: true }).safeParse(day.success ? `${text}T23:59:59.999Z` : text);
  return moment.success ? Date.parse(moment.data) : undefined;
}

/** Returns the lines to print. Throws with the reason if the command fails. */
async function run(db: Db, command: Command): Promise<readonly string[]> {
  const now = Date.now();
  if (command.verb === 'apply') {
    const brand = loadBrand(command.file);
    await saveBrand(db, brand, now, ACTOR);
    return [`${brand.id}: ${brand.products.length} products, sender ${brand.sender}`];
  }
  const { brand } = command;
  if (!(await findBrand(db, brand))) throw new Error(`there is no brand ${brand}: apply its file first`);
  switch (command.verb) {
    case 'key': {
      const { label, scopes, expiresAt } = command;
      if (expiresAt !== undefined && expiresAt <= now) throw new Error('--expires is over already');
      const made = { brand, label, scopes, actor: ACTOR, ...(expiresAt !== undefined && { expiresAt }) };
      return [await createApiKey(db, made, now)];
    }
    case 'list':
      return (await listApiKeys(db, brand, now)).map(
        ({ state, label, scopes, created, expires = 'never', lastUsed = 'never' }) =>
          `${state} "${label}" ${scopes.join(',')} created ${created} expires ${expires} last used ${lastUsed}`,
      );
    case 'revoke': {
      const revoked = await revokeApiKey(db, brand, command.label, now, ACTOR);
      if (!revoked) throw new Error(`${brand} has no open key called ${command.label}`);
      return [`${brand}: ${command.label} is revoked`];
    }
  }
}

await runCommand(USAGE, readCommand(process.argv.slice(2)), async (command) => {
  const { databaseUrl = '', ...config } = readConfig(operatorEnvironment(), { database: true, vonage: false });
  await migrateLatest({ ...config, databaseUrl });
  const db = connect(databaseUrl, { poolMax: 1 });
  for (const line of await run(db, command).finally(() => db.destroy())) console.log(line);
});
