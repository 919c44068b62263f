/** Strings that stand in public files of this project. As a secret, each of them is known to everybody. */

/** From .env.example, the manual, and former defaults of docker-compose.yml and of the stand-in of Vonage. */
const KNOWN: ReadonlySet<string> = new Set([
  'at-least-sixteen-characters',
  'at-least-thirty-two-characters-made-by-chance',
  'the-one-before-it-until-its-links-are-old',
  'from-the-dashboard',
  'shpss_from-the-app-settings',
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  'only-for-the-fake-vonage-of-this-machine',
  'only-for-the-records-of-the-fake-vonage',
  'only-for-the-tokens-and-links-of-this-machine',
  'a-secret-only-the-fake-and-the-tests-know',
]);

/** Database passwords, which may be short. */
const KNOWN_PASSWORDS: ReadonlySet<string> = new Set(['dopo', 'secret', 'another-secret']);
const DATABASES = ['DATABASE_URL', 'DATABASE_MIGRATION_URL'] as const;

export function isKnownSecret(secret: string): boolean {
  return KNOWN.has(secret);
}

type Environment = Readonly<Record<string, string | undefined>>;

const SECRET_SETTINGS = [
  'DOPO_SECRET',
  'DOPO_LINK_SECRETS',
  'DOPO_PAYLOAD_KEYS',
  'DOPO_CODEC_TOKEN',
  'VONAGE_SIGNATURE_SECRET',
  'VONAGE_API_SECRET',
  'SHOPIFY_SECRETS',
] as const;

/**
 * One line for each setting that holds a known string; the line does not name the string. A known former secret of DOPO_SECRET is
 * accepted: without it, the STOPs that were stored under it would be lost. deriveKeys uses it only to find their tokens.
 */
export function knownSecrets(given: Environment): readonly string[] {
  const found = SECRET_SETTINGS.filter((name) => {
    const parts = partsOf(given[name] ?? '');
    return (name === 'DOPO_SECRET' ? parts.slice(0, 1) : parts).some(isKnownSecret);
  });
  const open = DATABASES.filter((name) => KNOWN_PASSWORDS.has(URL.parse(given[name] ?? '')?.password ?? ''));
  return [...found, ...open].map(
    (name) => `${name}: an example that everybody can read; make one by chance: openssl rand -hex 32`,
  );
}

/** Each entry of a list, and its value without the name before the colon, if it has one. */
function partsOf(value: string): readonly string[] {
  return value.split(',').flatMap((entry) => {
    const part = entry.trim();
    return [part, part.slice(part.indexOf(':') + 1)];
  });
}
