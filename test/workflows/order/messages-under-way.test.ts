import { describe, expect, it } from 'vitest';
import type { MessageKind } from '../../../domain/sending/message.ts';
import { MESSAGE_KINDS, isMessageKind, kindRule } from '../../../domain/sending/message.ts';
import { MessagesUnderWay } from '../../../workflows/order/messages-under-way.ts';

const KINDS = Object.keys(MESSAGE_KINDS).filter(isMessageKind);
const URGENT = KINDS.filter((kind) => kindRule(kind).urgent);
const OTHERS = KINDS.filter((kind) => !kindRule(kind).urgent);

function whileSending(kind: MessageKind): MessagesUnderWay {
  const messages = new MessagesUnderWay();
  messages.sending({ key: kind, hop: 0, message: 'm1', kind });
  return messages;
}

describe('a message of an order that has another one on its way', () => {
  it.each(OTHERS)('overtakes it if it is urgent and the other one is a %s, which may wait in a long queue', (kind) => {
    const mustWait = whileSending(kind).turn();
    expect(URGENT.filter(mustWait)).toEqual([]);
    expect(OTHERS.filter((other) => !mustWait(other))).toEqual([]);
  });

  it.each(URGENT)('waits for it if it is a %s: what belongs together arrives in order', (kind) => {
    const mustWait = whileSending(kind).turn();
    expect(KINDS.filter((other) => !mustWait(other))).toEqual([]);
  });

  it('goes when the other one has been sent', () => {
    const messages = whileSending('shipped');
    messages.sent({ key: 'shipped', hop: 0, message: 'm1', kind: 'shipped' });
    expect(KINDS.filter(messages.turn())).toEqual([]);
  });
});
