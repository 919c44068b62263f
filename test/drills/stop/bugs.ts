/** Bugs that the STOP drill must find. They are planted from outside: the service has no switch for them. */
import type { Db } from '../../../db/connection/connect.ts';

export const STOP_BUGS = {
  no_compare: 'a submission does not ask whether the gate has changed since it was read',
  no_bump: 'a STOP does not change the gate of the contact it is about',
  late_commit: 'a submission is committed when the provider has been called already',
} as const;
export type StopBug = keyof typeof STOP_BUGS;

export function isStopBug(word: string): word is StopBug {
  return Object.hasOwn(STOP_BUGS, word);
}

/** The database as a service with this bug would use it. */
export async function planted({ db, owner }: { readonly db: Db; readonly owner: Db }, bug: StopBug): Promise<Db> {
  switch (bug) {
    case 'no_compare':
      return changing(db, (sql, bindings) => db.raw(without(COMPARE, sql), bindings));
    case 'no_bump':
      // A STOP also withdraws the number's links, and that moves the gate version too, so both triggers are dropped.
      await owner.raw('drop trigger bump_gate on suppressions; drop trigger bump_gate on addresses');
      return db;
    case 'late_commit':
      return changing(db, async (sql, bindings) => {
        const trx = await db.transaction();
        setTimeout(() => void trx.commit(), LATE_MS);
        return trx.raw(sql, bindings);
      });
  }
}

const COMPARE = ' and gate_version = :version';
/** The provider of the drill answers within a few ms. */
const LATE_MS = 200;

type Submit = (sql: string, bindings: Readonly<Record<string, string>>) => PromiseLike<unknown>;

/** Replaces how a submission is done, and nothing else. */
function changing(db: Db, submit: Submit): Db {
  return new Proxy(db, {
    get(target, name, receiver) {
      if (name !== 'raw') return Reflect.get(target, name, receiver) as unknown;
      const raw: Submit = (sql, bindings) => target.raw(sql, bindings);
      return ((sql, bindings) => (sql.includes('insert into attempts') ? submit : raw)(sql, bindings)) satisfies Submit;
    },
  });
}

/** Throws when the service does it differently by now: a bug that is not there proves nothing. */
function without(part: string, sql: string): string {
  if (!sql.includes(part)) throw new Error('there is nothing to cut out');
  return sql.replace(part, '');
}
