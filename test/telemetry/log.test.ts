import { describe, expect, it } from 'vitest';
import { createLog } from '../../telemetry/log.ts';

const PHONE = '+393331234567';
const NAME = 'Giulia';

/** The output of a log call, as text and as JSON. */
function written(
  use: (log: ReturnType<typeof createLog>) => void,
  level = 'info',
): { text: string; lines: Record<string, unknown>[] } {
  let text = '';
  use(createLog(level, { write: (line) => (text += line) }));
  const lines = text.split('\n').filter((line) => line !== '');
  return { text, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('a log line', () => {
  it('has its level, its time, its text and the fields that are allowed', () => {
    const { lines } = written((log) => log.info({ brand: 'sole', request: 'r-1', status: 202, ms: 7 }, 'request'));
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        brand: 'sole',
        request: 'r-1',
        status: 202,
        ms: 7,
        msg: 'request',
      },
    ]);
  });

  it('keeps every field that the service writes', () => {
    const fields = {
      brand: 'b',
      order: 'o',
      type: 't',
      request: 'r',
      method: 'GET',
      route: '/',
      status: 1,
      ms: 1,
      error: 'Error',
      code: '08006',
      trace: ['at a.ts:1:1'],
      webhook: 'status',
      result: 'ignored',
      service: 'api',
      kind: 'send',
      country: 'IT',
      url: 'http://127.0.0.1',
    };
    const { lines } = written((log) => log.warn(fields, 'all'));
    expect(lines[0]).toMatchObject(fields);
  });

  it('drops what is not on the list: no number and no name gets into it', () => {
    const { text } = written((log) => {
      log.info({ phone: PHONE, firstName: NAME, to: PHONE, body: { from: PHONE }, brand: 'sole' }, 'sent');
      log.warn({ text: `${NAME} ${PHONE}` });
    });
    expect(text).toContain('"brand":"sole"');
    for (const planted of [PHONE, NAME, 'phone', 'firstName']) expect(text).not.toContain(planted);
  });

  it('drops what an allowed field brings inside', () => {
    const { text, lines } = written((log) =>
      log.info({ contact: { id: 'c-1', firstName: NAME }, trace: ['at x', { phone: PHONE }], count: 2 }),
    );
    expect(lines[0]).toMatchObject({ trace: ['at x'], count: 2 });
    for (const planted of [PHONE, NAME]) expect(text).not.toContain(planted);
  });

  it('shows of an error its name alone, however it is given: messages quote values', () => {
    const error = new TypeError(`Key (address)=(${PHONE}) exists`, { cause: new Error(NAME) });
    const { text, lines } = written((log) => {
      log.error({ error }, 'failed');
      log.error(error);
      log.error(error, 'failed');
      log.error({ err: error });
    });
    expect(lines.map(({ error: name, msg }) => [name, msg])).toEqual([
      ['TypeError', 'failed'],
      ['TypeError', undefined],
      ['TypeError', 'failed'],
      [undefined, undefined],
    ]);
    for (const planted of [PHONE, NAME, 'address']) expect(text).not.toContain(planted);
  });

  it('is a fixed text: nothing is put into it', () => {
    expect(written((log) => log.info('sent to %s', PHONE)).text).not.toContain(PHONE);
    expect(written((log) => log.info({ count: 1 }, 'sent to %s', PHONE)).text).not.toContain(PHONE);
  });

  it('cannot be written by a child logger, whose fields would pass unseen', () => {
    expect(() => written((log) => log.child({ phone: PHONE }))).toThrow('allow-list');
  });

  it('below the level is not written', () => {
    expect(written((log) => log.info('quiet'), 'warn').lines).toEqual([]);
    expect(written((log) => log.error('loud'), 'silent').lines).toEqual([]);
  });
});
