import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyAnswer, classifyFailure, statusErrorGroup } from '../../vonage/outcomes.ts';

const answer = { retryAfter: null, date: null, body: '' };

/** What `fetch` throws: a TypeError whose cause carries Node's code. */
function fetchFailed(...codes: string[]): TypeError {
  const causes = codes.map((code) => Object.assign(new Error(code), { code }));
  return new TypeError('fetch failed', { cause: causes.length === 1 ? causes[0] : new AggregateError(causes) });
}

describe('classifying answers', () => {
  it('every 4xx is refused, every other non-2xx is unknown', () => {
    for (let status = 300; status < 600; status += 1) {
      const refused = status >= 400 && status < 500;
      expect(classifyAnswer({ ...answer, status }).kind).toBe(refused ? 'refused' : 'unknown');
    }
  });

  it('a dated Retry-After is read against the clock of the provider', () => {
    const dated = { retryAfter: 'Mon, 02 Mar 2026 22:42:00 GMT', date: 'Mon, 02 Mar 2026 22:41:30 GMT' };
    expect(classifyAnswer({ ...answer, ...dated, status: 429 })).toMatchObject({ retryAfterMs: 30_000 });
  });

  it.each(['soon', '-5', '', '1e9'])('a Retry-After of "%s" is ignored', (retryAfter) => {
    expect(classifyAnswer({ ...answer, retryAfter, status: 429 })).not.toHaveProperty('retryAfterMs');
  });

  it('a code never carries anything but a short machine word, whatever the body says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 499 }), fc.string(), (status, fragment) => {
        const body = JSON.stringify({ type: `https://developer.vonage.com/api-errors/messages#${fragment}` });
        const outcome = classifyAnswer({ ...answer, status, body });
        expect(outcome).toHaveProperty('code', expect.stringMatching(/^(\d{3,4}|[a-z][a-z-]{2,30})$/));
      }),
    );
  });
});

describe('classifying failures', () => {
  it.each([
    ['ECONNREFUSED', 'connection_refused'],
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
  ])('%s: nothing was sent, so it is refused for now', (code, expected) => {
    expect(classifyFailure(fetchFailed(code))).toEqual({ kind: 'refused', code: expected, retry: 'later' });
  });

  it('refused on every address of a host is refused; lost on one of them is unknown', () => {
    expect(classifyFailure(fetchFailed('ECONNREFUSED', 'ECONNREFUSED')).kind).toBe('refused');
    expect(classifyFailure(fetchFailed('ECONNREFUSED', 'ECONNRESET')).kind).toBe('unknown');
  });

  it.each(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'UND_ERR_HEADERS_TIMEOUT', 'constructor'])(
    '%s is unknown',
    (code) => {
      expect(classifyFailure(fetchFailed(code))).toEqual({ kind: 'unknown', code: 'connection_lost' });
    },
  );

  it('whatever else is thrown is unknown', () => {
    const thrown = [
      new TypeError('x'),
      new DOMException('x', 'SyntaxError'),
      'text',
      null,
      undefined,
      { code: 'ECONNREFUSED' },
    ];
    for (const error of thrown) expect(classifyFailure(error)).toEqual({ kind: 'unknown', code: 'client_error' });
    expect(classifyFailure(new DOMException('x', 'AbortError'))).toEqual({ kind: 'unknown', code: 'timeout' });
  });
});

describe('error codes of receipts', () => {
  it.each([
    ['1240', 'opted_out'],
    ['1050', 'barred'],
    ['1190', 'number_unusable'],
    ['1280', 'carrier'],
    ['1180', 'transient'],
    ['1360', 'expired'],
    ['1461', 'content_or_sender'],
    ['1470', 'fraud_guard'],
    ['1070', 'account'],
    ['1490', 'partial'],
    ['9999', 'other'],
    ['constructor', 'other'],
  ])('%s means %s', (code, group) => {
    expect(statusErrorGroup(code)).toBe(group);
  });
});
