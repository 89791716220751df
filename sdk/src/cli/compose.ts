import { basename } from 'node:path';
import { type Attachment, attachment, type SendEmail } from '../index.ts';
import { misuse } from './failure.ts';
import { bytesOf, textOf } from './files.ts';
import { headersIn, pairsIn } from './options.ts';
import type { World } from './world.ts';

/** What the options of `send` say about a message. */
export interface MessageOptions {
  from?: string;
  to?: string[];
  cc?: string[];
  bcc?: string[];
  replyTo?: string[];
  subject?: string;
  text?: string;
  textFile?: string;
  html?: string;
  htmlFile?: string;
  attach?: string[];
  inline?: string[];
  header?: string[];
  tag?: string[];
  metadata?: string[];
  bulk?: boolean;
  trackOpens?: boolean;
  trackClicks?: boolean;
  schedule?: string;
}

type Addressed = MessageOptions & Required<Pick<MessageOptions, 'from' | 'to'>>;
type Reader = Pick<World, 'stdin' | 'signal'>;

/** The request that the options describe; reads the files and what is piped in. */
export async function composed(options: Addressed, reader: Reader): Promise<SendEmail> {
  const { from, to, cc, bcc, replyTo, subject, schedule } = options;
  if (subject === undefined) throw misuse('Say what it is about: --subject.');
  const [bodies, attachments] = [await bodiesOf(options, reader), await attachmentsOf(options, reader)];
  const [headers, tags] = [headersIn(options.header, '--header'), pairsIn(options.tag, '--tag')];
  const metadata = pairsIn(options.metadata, '--metadata');
  return {
    from,
    to,
    ...(cc && { cc }),
    ...(bcc && { bcc }),
    ...(replyTo && { reply_to: replyTo }),
    subject,
    ...bodies,
    ...(headers && { headers }),
    ...(attachments.length && { attachments }),
    ...(tags && { tags }),
    ...(metadata && { metadata }),
    ...(options.bulk && { bulk: true }),
    ...(options.trackOpens && { track_opens: true }),
    ...(options.trackClicks && { track_clicks: true }),
    ...(schedule && { scheduled_at: schedule }),
  };
}

async function bodiesOf(options: MessageOptions, reader: Reader): Promise<Pick<SendEmail, 'body_text' | 'body_html'>> {
  const { textFile, htmlFile } = options;
  if (textFile === '-' && htmlFile === '-') throw misuse('Only one of --text-file and --html-file can be piped in.');
  const html = htmlFile === undefined ? options.html : await textOf(htmlFile, reader);
  let text = textFile === undefined ? options.text : await textOf(textFile, reader);
  if (text === undefined && html === undefined) {
    if (reader.stdin.isTTY) throw misuse('There is no body: say --text or --html, name a file, or pipe it in.');
    text = await textOf('-', reader);
    if (!text) throw misuse('There is no body: what was piped in is empty.', 'Say --text, --html or name a file.');
  }
  return { ...(text !== undefined && { body_text: text }), ...(html !== undefined && { body_html: html }) };
}

async function attachmentsOf({ attach = [], inline = [] }: MessageOptions, reader: Reader): Promise<Attachment[]> {
  const files: [file: string, content_id?: string][] = [
    ...attach.map((file): [string] => [file]),
    ...Object.entries(pairsIn(inline, '--inline') ?? {}).map(([id, file]): [string, string] => [file, id]),
  ];
  const attachments: Attachment[] = [];
  for (const [file, content_id] of files) {
    if (file === '-') throw misuse('An attachment needs a file: its name tells what it is.');
    attachments.push(await attachment(await bytesOf(file, reader), { filename: basename(file), content_id }));
  }
  return attachments;
}
