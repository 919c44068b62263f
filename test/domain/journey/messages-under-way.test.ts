import { describe, expect, it } from 'vitest';
import type { MessageKind } from '../../../domain/sending/message.ts';
import { MESSAGE_KINDS, isMessageKind, kindRule } from '../../../domain/sending/message.ts';
import type { MessagesUnderWay } from '../../../domain/journey/messages-under-way.ts';
import { NONE_UNDER_WAY, mustWait, withSending, withoutSending } from '../../../domain/journey/messages-under-way.ts';

const KINDS = Object.keys(MESSAGE_KINDS).filter(isMessageKind);
const URGENT = KINDS.filter((kind) => kindRule(kind).urgent);
const OTHERS = KINDS.filter((kind) => !kindRule(kind).urgent);

const attempt = (kind: MessageKind) => ({ key: kind, channelIndex: 0, message: 'm1', kind });
const whileSending = (kind: MessageKind): MessagesUnderWay => withSending(NONE_UNDER_WAY, attempt(kind), false);

describe('a message of an order that has another one on its way', () => {
  it.each(OTHERS)('overtakes it if it is urgent and the other one is a %s, which may wait in a long queue', (kind) => {
    const waits = mustWait(whileSending(kind));
    expect(URGENT.filter(waits)).toEqual([]);
    expect(OTHERS.filter((other) => !waits(other))).toEqual([]);
  });

  it.each(URGENT)('waits for it if it is a %s: what belongs together arrives in order', (kind) => {
    const waits = mustWait(whileSending(kind));
    expect(KINDS.filter((other) => !waits(other))).toEqual([]);
  });

  it('goes when the other one has been sent', () => {
    const sent = withoutSending(whileSending('shipped'), attempt('shipped'));
    expect(KINDS.filter(mustWait(sent))).toEqual([]);
  });
});
