/** An SMTP reply as a value. */
export interface Reply {
  code: number;
  /** RFC 3463. */
  enhanced_code: string;
  text: string;
}

export const NOT_AN_OUTBOUND_MESSAGE: Reply = {
  code: 550,
  enhanced_code: '5.7.1',
  text: 'The inbox takes only outbound messages; name one as ENVID',
};
export const ONE_RECIPIENT: Reply = { code: 452, enhanced_code: '4.5.3', text: 'One recipient for each transaction' };
export const TOO_LARGE: Reply = { code: 552, enhanced_code: '5.3.4', text: 'The message is too large' };
export const TRY_LATER: Reply = { code: 451, enhanced_code: '4.3.0', text: 'The inbox cannot store mail just now' };

/**
 * The reply as `smtp-server` takes it. The library would choose an enhanced code by the basic one alone, so its own are
 * switched off and ours lead the text.
 */
export function asError({ code, enhanced_code, text }: Reply): Error & { responseCode: number } {
  return Object.assign(new Error(`${enhanced_code} ${text}`), { responseCode: code });
}
