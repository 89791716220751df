import type { SmtpReply } from '../mail/smtp-reply.ts';

const reply = (code: number, enhanced_code: string, text: string): SmtpReply => ({ code, enhanced_code, text });

export const replies = {
  tooManyConnections: reply(421, '4.3.2', 'Too many connections, try again later'),
  tooManyFromAddress: reply(421, '4.7.0', 'Too many connections from your address, try again later'),
  tooManyRefusals: reply(421, '4.7.0', 'Too many unknown recipients from your address, try again later'),
  tooManyCommands: reply(421, '4.7.0', 'Too many commands without a message, closing'),
  sessionTooLong: reply(421, '4.4.2', 'This session has taken long enough, closing'),
  dataTooSlow: reply(421, '4.4.2', 'The message took too long, closing'),
  shuttingDown: reply(421, '4.3.2', 'Shutting down, try again'),
  tooManyMessages: reply(450, '4.7.1', 'Too many messages from your address, try again later'),
  noRoom: reply(452, '4.3.1', 'Too much is coming in at once, try again later'),
  oneRecipient: reply(452, '4.5.3', 'One recipient for each message'),
  noSuchAddress: reply(550, '5.1.1', 'No such address here; this server takes reports on its own mail alone'),
  senderNeeded: reply(550, '5.7.1', 'A null sender cannot unsubscribe'),
  tooLarge: reply(552, '5.3.4', 'The message is too large'),
  unrelated: reply(550, '5.7.1', 'It names no message of ours'),
  enough: reply(550, '5.7.1', 'Enough reports on this message were taken'),
  notSettled: reply(451, '4.3.0', 'The message that it is about is still on its way, try again'),
  tryLater: reply(451, '4.3.0', 'Reports cannot be stored just now, try again'),
} satisfies Record<string, SmtpReply>;
