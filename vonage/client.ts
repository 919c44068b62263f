/**
 * Sends through Vonage's own packages. `Messages.sendPostRequest` gives hosts, JWT and JSON; the wire body is written here
 * because `Messages.send` throws a TypeError for half of the faults and drops what tells them apart. The outcome never
 * depends on the SDK's error classes, only on whether there was an answer and what it said.
 */
import { createPrivateKey } from 'node:crypto';
import { createRequire } from 'node:module';
import { Auth } from '@vonage/auth';
import { Messages } from '@vonage/messages';
import { CHANNEL } from '../channels/all.ts';
import { BASE_CHANNEL } from '../domain/sending/message.ts';
import { classifyAccepted, classifyAnswer, classifyFailure } from './outcomes.ts';
import type { ProviderAnswer } from './outcomes.ts';
import type { MessageSender, OutgoingMessage, SendOutcome } from './port.ts';
import { readText, withoutPlus } from './wire.ts';
import { reusedToken } from './reused-token.ts';

export interface VonageConfig {
  readonly applicationId: string;
  /** PEM, RSA. */
  readonly privateKey: string;
  /** `https://api.nexmo.com`, a regional host, or the stand-in. */
  readonly baseUrl: string;
  /** Milliseconds for a whole call. Always set: without it the SDK waits for ever. */
  readonly timeoutMs: number;
}

/**
 * Vonage accepts 100 characters, but the filter of its Reports API only 40. The schema of the Messages API has no
 * limit, so no other check would notice a longer reference.
 */
const LONGEST_CLIENT_REF = 40;
/**
 * A problem document has a few hundred bytes. A faulty proxy may send much more, so longer bodies are not read to the
 * end.
 */
const LONGEST_PROBLEM_BYTES = 64 * 1024;

/**
 * Creates the sender. Throws when it could not work or would leak: an unreadable private key, a base URL that is not HTTP, a
 * time-out that is not a positive number of milliseconds, or debug output of the SDK switched on. No message shows a secret.
 */
export function createVonageSender(config: VonageConfig): MessageSender {
  refuseDebugOutput();
  checkConfig(config);
  const auth = new Auth({ applicationId: config.applicationId, privateKey: config.privateKey });
  const token = reusedToken(auth.createBearerHeader);
  auth.createBearerHeader = token.header;
  const apiHost = config.baseUrl.replace(/\/+$/, '');
  const messages = new Messages(auth, { apiHost, timeout: config.timeoutMs });

  const post = async (body: Record<string, unknown>): Promise<SendOutcome> => {
    try {
      const answer = await messages.sendPostRequest<unknown>(`${apiHost}/v1/messages`, body);
      return classifyAccepted(answer.data);
    } catch (error) {
      const response = responseOf(error);
      if (response === undefined) return classifyFailure(error);
      // The SDK also throws for a 2xx answer whose body it cannot decode.
      if (response.ok) return { kind: 'unknown', code: 'unreadable_body' };
      if (response.status === 401) token.forget();
      return classifyAnswer(await readAnswer(response, config.timeoutMs));
    }
  };

  return {
    async answers() {
      // The request lacks recipient, sender and text. A provider that works, and accepts the account, refuses it and
      // names what is missing.
      const outcome = await post({ channel: BASE_CHANNEL, message_type: 'text' });
      return outcome.kind === 'refused' && outcome.retry === 'never';
    },
    async send(message) {
      if (message.clientRef.length > LONGEST_CLIENT_REF) {
        return { kind: 'refused', code: 'client_ref_too_long', retry: 'never' };
      }
      return post(textRequest(message));
    },
  };
}

/** The wire body of a text, as Vonage OpenAPI "Messages API" 1.20.0 has it. */
function textRequest(message: OutgoingMessage): Record<string, unknown> {
  return {
    channel: message.channel,
    message_type: 'text',
    to: withoutPlus(message.to),
    from: withoutPlus(message.from),
    text: message.text,
    client_ref: message.clientRef,
    webhook_version: 'v1',
    ...(message.webhookUrl === undefined ? {} : { webhook_url: message.webhookUrl }),
    ...CHANNEL[message.channel].wireFields(message),
  };
}

/**
 * The SDK's packages print the private key and every bearer token when `DEBUG` names them. The check asks the `debug`
 * module that they use, because that module decides whether to print.
 */
function refuseDebugOutput(): void {
  const sdk = createRequire(createRequire(import.meta.url).resolve('@vonage/jwt'));
  const debug: { enabled(namespace: string): boolean } = sdk('debug');
  const leaking = ['vonage:jwt:tokenGenerate', 'vonage:messages', 'vonage:server-client', 'vonage:auth'];
  if (leaking.some((namespace) => debug.enabled(namespace))) {
    throw new Error('DEBUG must not cover vonage:*, it would print the private key and the tokens');
  }
}

function checkConfig({ applicationId, privateKey, baseUrl, timeoutMs }: VonageConfig): void {
  if (applicationId === '') throw new Error('the Vonage application id is empty');
  if (!/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? '')) throw new Error('the Vonage base URL must be http(s)');
  if (!(timeoutMs > 0 && timeoutMs <= 600_000)) throw new Error('the Vonage time-out must be between 1 and 600000 ms');
  if (!isUsableKey(privateKey)) {
    throw new Error('the Vonage private key is not a readable RSA key of at least 2048 bits in PEM form');
  }
}

/**
 * A key of less than 2048 bits cannot sign RS256 tokens. The check at the start finds such a key; otherwise every
 * send would have an unknown outcome.
 */
function isUsableKey(pem: string): boolean {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
  } catch {
    return false;
  }
}

/**
 * The answer inside an error. It is found by its shape because the SDK's error class has changed between minor
 * versions.
 */
function responseOf(error: unknown): Response | undefined {
  return error instanceof Error && 'response' in error && error.response instanceof Response
    ? error.response
    : undefined;
}

/** Reads the problem document within the time-out; the SDK's own timer has ended by now. Never throws. */
async function readAnswer(response: Response, timeoutMs: number): Promise<ProviderAnswer> {
  const { status, headers } = response;
  const body = (await readText(response, LONGEST_PROBLEM_BYTES, timeoutMs)) ?? '';
  return { status, body, retryAfter: headers.get('retry-after'), date: headers.get('date') };
}
