import type { Recipient, RecipientMessage } from '../../index.ts';
import { attemptRow } from '../describe-email.ts';
import type { Printer } from '../printer.ts';
import { padded, pairs, plain, table } from '../text.ts';
import { dateAndTime } from '../times.ts';
import { replyAsText, styleOf } from '../words.ts';
import type { View } from './view.ts';

/** What is known of an address: whether it is mailed, and what became of the newest mail. */
export const recipient: View<Recipient> = {
  page: (each, out) => {
    const { address, suppression, next_attempt_at, messages, attempts } = each;
    const until = suppression?.expires_at ? `until ${dateAndTime(suppression.expires_at)}` : 'for good';
    const mailed = suppression
      ? out.paint('yellow', `no: suppressed ${until}, ${suppression.reason}, ${plain(suppression.diagnostic ?? '')}`)
      : out.paint('green', 'yes');
    const facts: [string, string][] = [['Mailed', mailed.replace(/, $/, '')]];
    if (next_attempt_at) facts.push(['Next try', dateAndTime(next_attempt_at)]);
    return [
      out.paint('bold', plain(address)),
      pairs(out, facts),
      ...(messages.length ? [`\n${out.paint('bold', 'Messages')}`, table(messages.map((m) => row(m, out)))] : []),
      ...(attempts.length
        ? [`\n${out.paint('bold', 'Attempts')}`, table(attempts.map((a) => attemptRow(a, out)))]
        : []),
    ].join('\n');
  },
};

function row({ status, created_at, email_id, subject, last_reply }: RecipientMessage, out: Printer): string[] {
  const reply = last_reply && replyAsText(last_reply.smtp_code, last_reply.enhanced_code, last_reply.text);
  const state = out.paint(styleOf(status), padded(status, 10));
  return [out.paint('dim', dateAndTime(created_at)), state, email_id, plain(subject), plain(reply || '')];
}
