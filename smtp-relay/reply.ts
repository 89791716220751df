import type { ProblemCode } from 'koltrix';

/** One SMTP reply as a value: the code, the enhanced code (RFC 3463) and a line of text. */
export interface SmtpReply {
  code: number;
  enhanced: string;
  text: string;
}

/** RFC 5321 section 4.5.3.1.5 allows 512 octets for a reply line, codes and line end included. */
const max_text = 450;

const reply = (code: number, enhanced: string, text: string): SmtpReply => ({ code, enhanced, text });

/** What the relay says of its own accord. */
export const replies = {
  tooManyConnections: reply(421, '4.3.2', 'Too many connections, try again later'),
  tooManyFromAddress: reply(421, '4.7.0', 'Too many connections from your address, try again later'),
  tooManyCommands: reply(421, '4.7.0', 'Too many commands without a message, closing'),
  tooManyAuthFailures: reply(421, '4.7.0', 'Too many failed authentications, closing'),
  shuttingDown: reply(421, '4.3.2', 'The server is shutting down, try again'),
  idle: reply(421, '4.4.2', 'Timeout, closing'),
  dataTimeout: reply(421, '4.4.2', 'The message took too long, closing'),
  lineTooLong: reply(500, '5.5.2', 'Command line too long, closing'),
  encryptBeforeAuth: reply(538, '5.7.11', 'Encryption required: issue STARTTLS before AUTH'),
  encryptFirst: reply(530, '5.7.0', 'Must issue STARTTLS first'),
  authenticateFirst: reply(530, '5.7.0', 'Authentication required: AUTH with an API key as the password'),
  invalidCredentials: reply(535, '5.7.8', 'The API key (the password) is not valid'),
  scopeTooNarrow: reply(535, '5.7.8', 'This API key may only read; SMTP needs one with the scope "send" or "full"'),
  authUnavailable: reply(454, '4.7.0', 'Cannot verify the API key right now, try again later'),
  nullSender: reply(550, '5.7.1', 'An empty MAIL FROM is not accepted here: give the address of the sender'),
  requireTls: reply(555, '5.5.4', 'REQUIRETLS is not offered'),
  senderSyntax: reply(501, '5.1.7', 'The sender is not a valid address'),
  recipientSyntax: reply(501, '5.1.3', 'The recipient is not a valid address with a domain'),
  bareLineEnd: reply(550, '5.6.11', 'The message has a CR or LF that stands alone; lines must end in CRLF'),
  messageTooLarge: reply(552, '5.3.4', 'The message is larger than the announced SIZE'),
  headersTooLarge: reply(552, '5.3.4', 'The header block of the message is too large'),
  repeatedKey: reply(550, '5.6.0', 'X-Koltrix-Idempotency-Key is given more than once'),
  invalidKey: reply(550, '5.6.0', 'X-Koltrix-Idempotency-Key must be 1 to 255 visible ASCII characters'),
  apiAway: reply(451, '4.3.0', 'The service is not available right now, try again later'),
  internal: reply(451, '4.3.0', 'Internal error, try again later'),
} satisfies Record<string, SmtpReply>;

/**
 * The twin of the problem table behind the REST API: the same closed set, so that a new code does not compile before it
 * has a reply. A code that only a mistake in the relay or its set-up can cause answers 4xx, since the mail is not at
 * fault and must not bounce.
 */
const meaning = {
  unauthenticated: replies.invalidCredentials,
  forbidden: reply(550, '5.7.1', 'This API key may not send'),
  'domain-not-verified': reply(550, '5.7.1', 'The sending domain is not verified'),
  'invalid-request': reply(550, '5.6.0', 'The message is not valid'),
  'invalid-idempotency-key': replies.invalidKey,
  'payload-too-large': replies.messageTooLarge,
  'too-many-recipients': reply(452, '4.5.3', 'Too many recipients, send the rest in another message'),
  'idempotency-key-reused': reply(550, '5.7.0', 'The idempotency key already stands for another message'),
  'idempotency-key-in-progress': reply(450, '4.7.0', 'A message with this idempotency key is in progress, try again'),
  'rate-limited': reply(450, '4.7.1', 'Too many messages, try again later'),
  'internal-error': replies.internal,
  unavailable: replies.apiAway,
  'request-timeout': replies.apiAway,
  'not-found': replies.internal,
  'method-not-allowed': replies.internal,
  'invalid-state': replies.internal,
  'unsupported-media-type': replies.internal,
} satisfies Record<ProblemCode, SmtpReply>;

/**
 * The reply for a problem of the API. A refusal for good carries the problem's own words, so that the sender learns
 * which domain or which header it was. An unknown code (a newer API, a proxy in between) is answered 451.
 */
export function replyToProblem(code: string | undefined, detail: string | undefined): SmtpReply {
  const known = code !== undefined && Object.hasOwn(meaning, code) ? meaning[code as ProblemCode] : replies.apiAway;
  return known.code < 500 || !detail ? known : { ...known, text: oneLine(detail) };
}

/** The reply for a committed message: the only 250 that DATA gets. */
export function accepted(email_id: string): SmtpReply {
  return reply(250, '2.0.0', `Accepted ${email_id}`);
}

/** "5.7.1 text": the form in which a reply's line follows its code. */
export function lineOf({ enhanced, text }: SmtpReply): string {
  return `${enhanced} ${text}`;
}

/** A reply in the form in which smtp-server's handlers refuse. */
export function refusal(reply: SmtpReply): Error & { responseCode: number } {
  return Object.assign(new Error(lineOf(reply)), { responseCode: reply.code });
}

/** Whether a line already starts with an enhanced code: the relay's own do, the library's never. */
export function hasEnhancedCode(line: string): boolean {
  return /^[245]\.\d{1,3}\.\d{1,3} /.test(line);
}

/** What the library says by itself with a wrong or no enhanced code, in the relay's words. */
export function rewordLibrary(code: number, text: string): SmtpReply | undefined {
  if (code === 500) return reply(500, '5.5.2', 'Command not recognized');
  if (code !== 421) return undefined;
  if (text.startsWith('Timeout')) return replies.idle;
  if (text.endsWith('Command line too long')) return replies.lineTooLong;
  return reply(421, '4.7.0', text.replace(/^Error: /, ''));
}

/** ASCII only: a reply in UTF-8 is allowed only to clients that asked for SMTPUTF8 (RFC 6531 section 3.7.4). */
function oneLine(detail: string): string {
  return detail.replace(/[^\x20-\x7e]+/g, '?').slice(0, max_text);
}
