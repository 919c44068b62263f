import { describe, expect, it } from 'vitest';
import { ASKED_EVERY, maySend } from '../../../domain/sending/gate/decision.ts';
import { HOUR, MINUTE } from '../../../domain/time/duration.ts';
import { ROME_NOON, sendFacts } from '../../helpers/send-facts.ts';

const template = { scope: 'template', code: '1210' } as const;
const sender = { scope: 'sender', code: '1120' } as const;
const stopped = (differs: Parameters<typeof sendFacts>[0]) => maySend(sendFacts(differs));

describe('a message whose template or sender the provider refuses', () => {
  it.each([
    [template, 'block.template.1210'],
    [sender, 'block.sender.1120'],
  ])('waits and is asked about again every four hours, with the code that blocked it', (block, rule) => {
    const wait = { kind: 'wait', until: ROME_NOON + ASKED_EVERY, reason: 'stopped', rule };
    expect(stopped({ blocked: block })).toEqual(wait);
  });

  it('is asked about a last time when it stops being useful, and expires then', () => {
    const usefulUntil = ROME_NOON + HOUR;
    expect(stopped({ blocked: template, usefulUntil })).toMatchObject({ kind: 'wait', until: usefulUntil });
    expect(stopped({ blocked: template, usefulUntil, now: usefulUntil })).toMatchObject({
      kind: 'skip',
      reason: 'too_late',
    });
  });

  it('is skipped for good when something else rules it out', () => {
    expect(stopped({ blocked: template, address: { suppressed: true } })).toMatchObject({
      kind: 'skip',
      reason: 'opted_out',
    });
  });

  it('goes out all the same as the answer to STOP, START or HELP, unless the sender itself is refused', () => {
    const reply = { kind: 'opt_out_confirmed', usefulUntil: ROME_NOON + 5 * MINUTE } as const;
    expect(stopped({ ...reply, blocked: template }).kind).toBe('send');
    expect(stopped({ ...reply, blocked: sender })).toMatchObject({ kind: 'wait', until: ROME_NOON + 5 * MINUTE });
  });
});
