import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../vonage/error-codes.ts';
import { classifyAnswer, classifyFailure } from '../../vonage/outcomes.ts';

const answer = { retryAfter: null, date: null, body: '' };

/** The error that `fetch` throws: a TypeError whose cause carries Node's code. */
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

describe('the action of a refusal', () => {
  const refused = (status: number, code?: string) => {
    const body = JSON.stringify({ type: `https://developer.vonage.com/api-errors/messages#${code}` });
    return classifyAnswer({ ...answer, status, body });
  };

  it.each([401, 402, 403])('%i opens the circuit, whatever its code', (status) => {
    expect(refused(status, '1420')).toEqual({
      kind: 'refused',
      code: String(status),
      retry: 'systemic',
      action: 'open_circuit',
    });
  });

  it.each([
    ['1420', 'block_sender'],
    ['1022', 'block_template'],
    ['1430', 'mark_unusable'],
    ['1050', 'suppress'],
    ['1450', 'alert'],
    // In a 422 these are old names of "invalid message type" and "unsupported channel", not the account and the network.
    ['1140', 'alert'],
    ['1100', 'alert'],
  ])('422 with %s asks for %s', (code, action) => {
    expect(refused(422, code)).toEqual({ kind: 'refused', code, retry: 'never', action });
  });

  it.each([undefined, 'not-found', '9999'])('422 with %s asks for nothing more', (code) => {
    expect(refused(422, code)).not.toHaveProperty('action');
  });

  it('no bad request opens the circuit or is tried again because of its code, save a throttled one', () => {
    for (const code of ERROR_CODES.keys()) {
      const outcome = refused(422, code);
      const throttled = code === '1000' || code === '1241';
      expect(outcome).toHaveProperty('retry', throttled ? 'later' : 'never');
      expect(outcome).not.toHaveProperty('action', 'open_circuit');
      expect(outcome).not.toHaveProperty('action', 'retry_later');
    }
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

  it('every other error is unknown', () => {
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
