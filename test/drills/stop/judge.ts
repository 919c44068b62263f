/**
 * The judge of the STOP drill. It goes by the order of commits, and takes that from the write-ahead log: a commit record is the
 * commit, and logical decoding gives transactions in the order of these records. Neither a clock nor the lock that the service
 * relies on is asked. (`pg_xact_commit_timestamp` is a clock's reading, taken before the record is written; a number drawn under the
 * contact's lock is in order only as long as everybody takes the lock, which is what is to be proven.)
 */
import type { Db } from '../../../db/connection/connect.ts';
import type { MessageClass } from '../../../domain/sending/message.ts';
import { tokenOf } from '../../../dev/drill/servers.ts';

export type Commit =
  | {
      readonly kind: 'submission';
      readonly message: string;
      readonly contact: string;
      readonly class: MessageClass;
      /** The number's token, in hex: all that a suppression has of it. */
      readonly token: string;
    }
  /** `word`: its place among the words of one person or number, by when they were said; a late one does not count. */
  | { readonly kind: 'suppression'; readonly token: string; readonly stopped: boolean; readonly word: StopWord }
  | {
      readonly kind: 'consent';
      readonly contact: string;
      readonly class: string;
      readonly withdrawn: boolean;
      readonly word: StopWord;
    };

export interface StopWord {
  /** Epoch ms. */
  readonly saidAt: number;
  readonly id: number;
}

const SLOT = 'stop_drill';

/** From here on every commit is kept for `readCommits`. Needs `wal_level = logical`. */
export async function startCommitLog(db: Db): Promise<void> {
  await db.raw(`select pg_create_logical_replication_slot('${SLOT}', 'test_decoding')`);
}

/** Changes decoded at a time: each is kept as text, the bodies of messages included. */
const CHANGES = 50_000;

/** Everything that decides a race, in the order in which it was committed. */
export async function readCommits(db: Db): Promise<readonly Commit[]> {
  const order: { readonly name: string; readonly id: number }[] = [];
  for (;;) {
    const { rows } = await db.raw<{ rows: { name: string | null; id: number | null }[] }>(
      `select found[1] as name, cast(found[2] as bigint) as id
         from pg_logical_slot_get_changes('${SLOT}', null, ${CHANGES}),
           regexp_match(data, '^table public\\.(attempts|suppressions|consents): INSERT: id\\[bigint\\]:(\\d+)') as found`,
    );
    if (rows.length === 0) break;
    for (const { name, id } of rows) if (name !== null && id !== null) order.push({ name, id });
  }
  const rows = await contents(db);
  return order.map(({ name, id }) => {
    const commit = rows.get(`${name} ${id}`);
    if (!commit) throw new Error(`${name} ${id} was committed and is not there`);
    return commit;
  });
}

interface Attempted {
  id: number;
  brand: string;
  message: string;
  contact: string;
  class: MessageClass;
  address: string;
}

async function contents(db: Db): Promise<Map<string, Commit>> {
  const [attempts, suppressions, consents] = await Promise.all([
    db('attempts')
      .join('messages', 'messages.id', 'attempts.message_id')
      .select<Attempted[]>(
        'attempts.id',
        'messages.brand_id as brand',
        'messages.id as message',
        'messages.contact_id as contact',
        'messages.class',
        'attempts.address',
      ),
    db('suppressions').select<{ id: number; token: Buffer; state: string; occurred_at: Date }[]>(
      'id',
      'token',
      'state',
      'occurred_at',
    ),
    db('consents').select<{ id: number; contact_id: string; class: string; action: string; occurred_at: Date }[]>(
      'id',
      'contact_id',
      'class',
      'action',
      'occurred_at',
    ),
  ]);
  return new Map<string, Commit>([
    ...attempts.map(({ id, brand, address, ...rest }) => {
      const token = tokenOf(brand, address).toString('hex');
      return [`attempts ${id}`, { kind: 'submission', token, ...rest }] as const;
    }),
    ...suppressions.map(({ id, token: bytes, state, occurred_at: at }) => {
      const [word, token] = [{ saidAt: at.getTime(), id }, bytes.toString('hex')];
      return [`suppressions ${id}`, { kind: 'suppression', token, stopped: state === 'stopped', word }] as const;
    }),
    ...consents.map(({ id, contact_id: contact, class: of, action, occurred_at: at }) => {
      const word = { saidAt: at.getTime(), id };
      return [
        `consents ${id}`,
        { kind: 'consent', contact, class: of, withdrawn: action === 'withdrawn', word },
      ] as const;
    }),
  ]);
}

/** Ids of messages whose submission was committed after a no of their person, the last word by then, had been. */
export function lateSubmissions(commits: readonly Commit[]): readonly string[] {
  const lastWords = new Map<string, { readonly no: boolean; readonly word: StopWord }>();
  const hear = (about: string, no: boolean, word: StopWord): void => {
    const last = lastWords.get(about)?.word;
    if (!last || isLater(word, last)) lastWords.set(about, { no, word });
  };
  const late: string[] = [];
  for (const commit of commits) {
    switch (commit.kind) {
      case 'suppression':
        hear(commit.token, commit.stopped, commit.word);
        break;
      case 'consent':
        hear(`${commit.contact} ${commit.class}`, commit.withdrawn, commit.word);
        break;
      case 'submission':
        if (lastWords.get(commit.token)?.no || lastWords.get(`${commit.contact} ${commit.class}`)?.no)
          late.push(commit.message);
    }
  }
  return late;
}

function isLater(a: StopWord, b: StopWord): boolean {
  return a.saidAt === b.saidAt ? a.id > b.id : a.saidAt > b.saidAt;
}
