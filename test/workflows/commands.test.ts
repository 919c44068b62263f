import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const shop = virtualShop();
const box = { parcel: { id: 'box' } };

describe('commands of operators', () => {
  it('a paused order sends nothing, loses nothing that is still useful, and goes on when resumed', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.pass(MINUTE);
    await shop.shop.command(id, 'pause');
    await shop.event(id, 'parcel_shipped', box);
    await shop.pass(DAY);
    expect(await shop.story(id)).toEqual(['sent order_confirmation']);
    expect((await shop.shop.view(id)).hold).toEqual({});
    await shop.shop.command(id, 'resume');
    await shop.pass(MINUTE);
    expect(await shop.story(id)).toEqual(['sent order_confirmation', 'sent shipped']);
    expect((await shop.shop.view(id)).hold).toBeNull();
  });

  it('a pause with an end is over by itself', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.pass(MINUTE);
    const until = (await shop.time.now()) + 6 * HOUR;
    await shop.shop.command(id, 'pause', { until: new Date(until).toISOString() });
    await shop.event(id, 'parcel_shipped', box);
    await shop.pass(5 * HOUR);
    expect(await shop.story(id)).toEqual(['sent order_confirmation']);
    await shop.pass(2 * HOUR);
    const shipped = (await shop.entries(id)).find((entry) => entry.what === 'sent' && entry.kind === 'shipped');
    expect(Date.parse(shipped?.at ?? '')).toBeGreaterThanOrEqual(until);
  });

  it('a paused order does not wake up over and over', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.shop.command(id, 'pause');
    await shop.pass(80 * DAY);
    const { historyLength } = await shop.environment.client.workflow.getHandle(`order:bottega-sole:${id}`).describe();
    expect(historyLength).toBeLessThan(60);
    await shop.shop.command(id, 'cancel-messages');
    await shop.shop.command(id, 'resume');
  });

  it('a skipped step is skipped with its reason, and only that step', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.shop.command(id, 'skip', { step: 'check_in' });
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(4 * DAY);
    const told = await shop.story(id);
    expect(told).toContain('skipped check_in skipped_by_operator');
    expect(told).toContain('sent setup_guide');
  });

  it('cancelled messages are never sent, whatever happens to the order', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.pass(MINUTE);
    await shop.shop.command(id, 'cancel-messages');
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(100 * DAY);
    const told = await shop.story(id);
    expect(told.filter((line) => line.startsWith('sent'))).toEqual(['sent order_confirmation']);
    expect(told).toContain('skipped delivered messages_cancelled_by_operator');
  });

  it('a command that makes no sense is refused with the reason, and one for a stranger with 404', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await expect(shop.shop.command(id, 'skip', { step: 'birthday' })).rejects.toThrow(
      /422.*must be a step of the order/s,
    );
    await expect(shop.shop.command(id, 'pause', { until: '2001-01-01T00:00:00Z' })).rejects.toThrow(/422/);
    await expect(shop.shop.command('nobody', 'pause')).rejects.toThrow(/404/);
  });

  it('the plan of the API is the plan of the workflow', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(2 * DAY);
    const workflow = shop.environment.client.workflow.getHandle(`order:bottega-sole:${id}`);
    expect((await shop.shop.view(id)).plan).toEqual(await workflow.query('plan'));
    const timeline = await workflow.query<{ key: string; what: string }[]>('timeline');
    expect(timeline.map(({ key, what }) => `${what} ${key}`)).toContain('sent delivered');
  });
});
