import { describe, expect, it } from 'vitest';
import { loadBrand, brandSchema } from '../../brands/load.ts';
import { FileMistakes, parseYaml } from '../../kit/yaml-file.ts';

const BRAND = `id: sole
name: Bottega Sole
sender: "+393399957001"
locale: it
country: IT
zone: Europe/Rome
links:
  support: https://sole.example/a
  review: https://sole.example/r
  loyalty: https://sole.example/c
  preferences: https://sole.example/s
  shop: https://sole.example
products:
  - match: [MOKA-3]
    cycle: long
`;

function mistakes(text: string): string[] {
  try {
    parseYaml(text, 'b.yaml', brandSchema);
  } catch (error) {
    if (error instanceof FileMistakes) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe("a brand's file", () => {
  it('is read as it stands', () => {
    expect(mistakes(BRAND)).toEqual([]);
    expect(parseYaml(BRAND, 'b.yaml', brandSchema).value).toMatchObject({
      id: 'sole',
      products: [{ match: ['MOKA-3'], cycle: 'long' }],
    });
  });

  it('may name another sender by the country of the recipient', () => {
    const senders = `senders:
  AE: { sender: AD-Bottega }
  US: { sender: "+18005550199", senderKind: toll_free, stopHandledBy: carrier }
  FR: { sender: Bottega, optOutCode: "36179" }
  KR: { sender: "+821012345678", optOutPhone: 080-123-4567 }
`;
    expect(mistakes(BRAND + senders)).toEqual([]);
  });

  it('of the demo is right', () => {
    expect(
      loadBrand(new URL('../../demo/brand.yaml', import.meta.url), 'demo/brand.yaml').products.length,
    ).toBeGreaterThan(3);
  });

  it.each([
    ['a bad id', 'id: sole', 'id: Bottega Sole', 'b.yaml:1:1 id: lower-case letters, digits and dashes'],
    [
      'a limit of nothing',
      'locale: it',
      'locale: it\nlimits: { messagesPerSecond: 0 }',
      'b.yaml:5:11 limits.messagesPerSecond: Too small',
    ],
    ['an unknown limit', 'locale: it', 'locale: it\nlimits: { perHour: 5 }', 'b.yaml:5:11 limits.perHour: unknown key'],
    ['a long name', 'name: Bottega Sole', 'name: Bottega del Sole di Milano', 'b.yaml:2:1 name: Too big'],
    [
      'a sender that is none',
      '"+393399957001"',
      'Bottega Sole',
      'b.yaml:3:1 sender: an E.164 number or 3 to 11 letters, digits and dashes',
    ],
    [
      'an RCS agent with a space',
      'locale: it',
      'locale: it\nchannels: { rcs: { sender: Bottega Sole } }',
      'b.yaml:5:20 channels.rcs.sender: the name of a registered agent: letters, digits, dots, dashes and underscores',
    ],
    [
      'a kind the sender has not',
      'locale: it',
      'senderKind: short_code\nlocale: it',
      'b.yaml:4:1 senderKind: the sender looks like long_number',
    ],
    [
      'a sender of no country',
      'locale: it',
      'senders: { France: { sender: Bottega } }\nlocale: it',
      'b.yaml:4:12 senders.France: not a country with numbers of its own',
    ],
    [
      'a kind that a sender elsewhere has not',
      'locale: it',
      'senders: { FR: { sender: Bottega, senderKind: toll_free } }\nlocale: it',
      'b.yaml:4:35 senders.FR.senderKind: the sender looks like alphanumeric',
    ],
    [
      'an unknown system that answers STOP',
      'locale: it',
      'stopHandledBy: nobody\nlocale: it',
      'b.yaml:4:1 stopHandledBy: Invalid option',
    ],
    [
      'a short code that is none',
      'locale: it',
      'optOutCode: STOP\nlocale: it',
      'b.yaml:4:1 optOutCode: a short code of 3 to 6 digits',
    ],
    [
      'a page that leaves no room for its signature',
      'https://sole.example/s',
      `https://sole.example/${'s'.repeat(19)}`,
      'b.yaml:11:3 links.preferences: the base of links in text messages',
    ],
    ['a sender written as a number', '"+393399957001"', '+393399957001', 'b.yaml:3:1 sender: Invalid input'],
    ['a language we have no texts in', 'locale: it', 'locale: fr', 'b.yaml:4:1 locale: Invalid option'],
    [
      'a country in words',
      'country: IT',
      'country: Italy',
      'b.yaml:5:1 country: not a country with numbers of its own',
    ],
    ['a code of no country', 'country: IT', 'country: UK', 'b.yaml:5:1 country: not a country with numbers of its own'],
    ['a zone that is none', 'Europe/Rome', 'Europe/Milan', 'b.yaml:6:1 zone: not an IANA time zone'],
    ['a link that is none', 'https://sole.example/r', 'sole.example/r', 'b.yaml:9:3 links.review: an https link'],
    [
      'a link that would run',
      'https://sole.example/r',
      'javascript:alert(1)',
      'b.yaml:9:3 links.review: an https link',
    ],
    [
      'a link that can be changed on its way',
      'https://sole.example/r',
      'http://sole.example/r',
      'b.yaml:9:3 links.review: an https link',
    ],
    [
      'a host that is a link',
      'locale: it',
      'linkHosts: ["https://brt.it"]\nlocale: it',
      'b.yaml:4:13 linkHosts.0: a host name in lower case',
    ],
    [
      'a host that is a whole country',
      'locale: it',
      'linkHosts: [it]\nlocale: it',
      'b.yaml:4:13 linkHosts.0: a host name in lower case',
    ],
    [
      'words in a language we have no texts in',
      'cycle: long',
      'cycle: long\n    careTip: { it: Acqua, fr: Eau }',
      'b.yaml:16:27 products.0.careTip.fr: unknown key',
    ],
    [
      'words in no language',
      'cycle: long',
      'cycle: long\n    careTip: {}',
      'b.yaml:16:5 products.0.careTip: in no language',
    ],
    [
      'a link too long for a text',
      'https://sole.example/r',
      `https://sole.example/${'r'.repeat(40)}`,
      'b.yaml:9:3 links.review: links stand in text messages',
    ],
    ['a missing link', '  shop: https://sole.example\n', '', 'b.yaml:7:1 links.shop: is missing'],
    ['an unknown key', 'cycle: long', 'cycle: long\n    colour: red', 'b.yaml:16:5 products.0.colour: unknown key'],
    ['an unknown cycle', 'cycle: long', 'cycle: slow', 'b.yaml:15:5 products.0.cycle: Invalid option'],
    ['a product without a number', '[MOKA-3]', '[]', 'b.yaml:14:5 products.0.match: Too small'],
    [
      'a run-out that is no number of days',
      'cycle: long',
      'cycle: long\n    runsOutAfterDays: 0.5',
      'b.yaml:16:5 products.0.runsOutAfterDays: Invalid input',
    ],
    [
      'a complement without its page',
      'cycle: long',
      'cycle: long\n    complement: { title: Mill }',
      'b.yaml:16:5 products.0.complement.url: is missing',
    ],
  ])('with %s is refused at that place', (_, right, wrong, mistake) => {
    expect(BRAND).toContain(right);
    expect(mistakes(BRAND.replace(right, wrong))).toEqual([expect.stringContaining(mistake)]);
  });

  it('tells all its mistakes at once, from top to bottom', () => {
    const text = BRAND.replace('locale: it', 'locale: fr')
      .replace('cycle: long', 'cycle: slow')
      .replace('id: sole', 'id: 7');
    expect(mistakes(text).map((line) => line.split(' ')[0])).toEqual(['b.yaml:1:1', 'b.yaml:4:1', 'b.yaml:15:5']);
  });

  it('with broken YAML is refused with line and column', () => {
    expect(mistakes('id: sole\nname: "Bottega\n')[0]).toMatch(/^b\.yaml:\d+:\d+ /);
  });
});
