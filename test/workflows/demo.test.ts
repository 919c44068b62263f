import { describe, expect, it } from 'vitest';
import { play, readShopOrder } from '../../demo/play.ts';
import { loadScenarios } from '../../demo/scenario.ts';
import { showPlayed } from '../../demo/timeline.ts';
import { surprises } from '../../demo/totals.ts';
import { demoBrand } from '../helpers/shop-verbs.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const DEMO = new URL('../../demo/', import.meta.url);

describe('the demo', () => {
  const shop = virtualShop();

  it.each(loadScenarios(new URL('scenarios.yaml', DEMO), 'demo/scenarios.yaml'))(
    '$who: the timeline comes as its scenario says',
    async (scenario) => {
      const order = await readShopOrder(new URL(scenario.order, DEMO), demoBrand);
      if (order.kind !== 'order') throw new Error(`${scenario.order} is not placed`);
      const played = await play(shop, scenario, order);
      expect(surprises(played)).toEqual([]);
      for (const entry of played.view.timeline)
        if (entry.what === 'sent') expect(showPlayed(played, 4000)).toContain(entry.text);
    },
  );

  it('every text names the brand, and every promotion says how to stop them', async () => {
    const messages: { class: string; body: string }[] = await shop
      .db('messages')
      .whereNotNull('body')
      .select('class', 'body');
    expect(messages.length).toBeGreaterThan(40);
    for (const message of messages) {
      expect(message.body).toContain('Bottega Sole');
      if (message.class === 'promotional') expect(message.body).toMatch(/STOP|수신거부/);
    }
  });
});
