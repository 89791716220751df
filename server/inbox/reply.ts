import type { SmtpReply } from '../mail/smtp-reply.ts';

export const NOT_AN_OUTBOUND_MESSAGE: SmtpReply = {
  code: 550,
  enhanced_code: '5.7.1',
  text: 'The inbox takes only outbound messages; name one as ENVID',
};
export const ONE_RECIPIENT: SmtpReply = {
  code: 452,
  enhanced_code: '4.5.3',
  text: 'One recipient for each transaction',
};
export const TOO_LARGE: SmtpReply = { code: 552, enhanced_code: '5.3.4', text: 'The message is too large' };
export const TRY_LATER: SmtpReply = { code: 451, enhanced_code: '4.3.0', text: 'The inbox cannot store mail just now' };
