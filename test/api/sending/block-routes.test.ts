import { afterAll, beforeAll, expect, it } from 'vitest';
import { blocksAnswer } from '../../../api/sending/schema.ts';
import { openBlock } from '../../../commands/sending/block.ts';
import { HOUR } from '../../../domain/time/duration.ts';
import type { MessageKind } from '../../../domain/sending/message.ts';
import { NOON, placedOrder, planned } from '../../helpers/ledger.ts';
import type { AnsweredJson, Shop } from '../shop.ts';
import { openShop, validBrand } from '../shop.ts';

const BY = { actor: 'ada@example.org', reason: 'Vonage has approved the wording' };

let shop: Shop;
let message: string;
beforeAll(async () => {
  shop = await openShop();
  shop.clock.at = NOON;
  message = await planned(shop.db, await placedOrder(shop.db, {}, validBrand()));
});
afterAll(() => shop.close());

/** A block of a template of its own; its id. */
async function blocked(kind: MessageKind): Promise<string> {
  const about = { brand: 'bottega', message, channel: 'sms', kind, locale: 'it', sender: null } as const;
  await openBlock(shop.db, 'template', { ...about, submittedAt: new Date(NOON) }, '1210', NOON);
  return String((await shop.db('blocks').where({ kind, released_at: null }).first('id')).id);
}

const list = async (query = '', key = shop.key): Promise<AnsweredJson> =>
  (await shop.get(`/v1/blocks${query}`, key)).body;

it('blocks in force are listed with what they hold back and why, newest first, in pages', async () => {
  const ids = [await blocked('shipped'), await blocked('delivered'), await blocked('care_tips')].toReversed();
  const first = await list('?limit=2');
  expect(blocksAnswer.strict().parse(first)).toEqual(first);
  expect(first.blocks[1]).toMatchObject({ scope: 'template', kind: 'delivered', locale: 'it', code: '1210', message });
  const second = await list(`?limit=2&after=${first.next}`);
  expect([...first.blocks, ...second.blocks].map(({ id }) => id)).toEqual(ids);
  expect(second.next).toBeUndefined();
  expect((await shop.ops('/metrics')).body).toContain('dopo_blocks_open 3');
});

it('a release says who and why, happens once and shows among the released', async () => {
  const id = await blocked('order_updated');
  shop.clock.at = NOON + HOUR;
  const release = () => shop.post(`/v1/blocks/${id}/release`, BY);
  expect([(await release()).body, (await release()).body]).toEqual([
    { id, status: 'released' },
    { id, status: 'already_released' },
  ]);
  expect((await list()).blocks.map((block: AnsweredJson) => block.id)).not.toContain(id);
  expect((await list('?state=released')).blocks).toMatchObject([
    { id, releasedAt: new Date(NOON + HOUR).toISOString() },
  ]);
  expect(
    await shop.db('audit_log').where({ subject_kind: 'block', subject_id: id, action: 'release_block' }),
  ).toMatchObject([
    {
      actor: `test: ${BY.actor}`,
      reason: BY.reason,
      action: 'release_block',
      before: { scope: 'template', code: '1210' },
    },
  ]);
});

it("nothing of another brand's blocks can be seen or released", async () => {
  const id = await blocked('pickup_reminder');
  expect((await list('', shop.strangersKey)).blocks).toEqual([]);
  const headers = { authorization: `Bearer ${shop.strangersKey}` };
  expect((await shop.post(`/v1/blocks/${id}/release`, BY, headers)).status).toBe(404);
  expect((await list()).blocks[0].id).toBe(id);
});

it.each([['0'], ['x'], ['999999']])('a block that does not exist is not found (%s)', async (id) => {
  expect((await shop.post(`/v1/blocks/${id}/release`, BY)).status).toBe(404);
});
