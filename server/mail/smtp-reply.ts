/** An SMTP reply as a value. */
export interface SmtpReply {
  code: number;
  /** RFC 3463. */
  enhanced_code: string;
  text: string;
}

/** `5.7.1 text`: the form in which a reply's line follows its code. */
export function lineOf({ enhanced_code, text }: SmtpReply): string {
  return `${enhanced_code} ${text}`;
}

/** A reply in the form in which smtp-server's handlers refuse. */
export function refusal(reply: SmtpReply): Error & { responseCode: number } {
  return Object.assign(new Error(lineOf(reply)), { responseCode: reply.code });
}
