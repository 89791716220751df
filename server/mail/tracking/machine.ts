/** What a request for a tracking address tells of who asks. */
export interface Visit {
  method: string;
  user_agent: string | undefined;
  /** Of `Purpose`, `Sec-Purpose` or `X-Moz`: a program fetches ahead of its user. */
  is_prefetch: boolean;
}

/**
 * Agents that fetch for everybody or that look for malice. Apple's privacy proxy names itself as nothing but
 * `Mozilla/5.0`; no browser of a person is so short of words.
 */
const MACHINES: readonly RegExp[] = [
  /^mozilla\/5\.0$/i,
  /\b(bot|crawler|spider|scanner|monitor|preview|prefetch|validator|headlesschrome|phantomjs)\b/i,
  /(google|bing|yandex|baidu|slack|twitter|facebook|linkedin|telegram|discord|whats)\w*(bot|external|image)/i,
  /googleimageproxy|yahoomailproxy|ggpht\.com/i,
  /barracuda|proofpoint|mimecast|ironport|trend ?micro|sophos|symantec|forcepoint|fireeye|zscaler|cloudmark|safelinks/i,
  /^(python|curl|wget|go-http-client|java|okhttp|axios|node-fetch|undici|libwww|apache-httpclient|ruby|php|perl)\b/i,
];
/** Gmail's proxy fetches on behalf of a person who is just opening the mail; it counts as an open by that person. */
const ON_BEHALF = /googleimageproxy|yahoomailproxy/i;

/** Whether an open comes from a program rather than from a person. */
export function isMachineOpen({ method, user_agent = '', is_prefetch }: Visit, seconds_since_sent: number | undefined): boolean {
  if (method === 'HEAD' || is_prefetch || user_agent === '') return true;
  if (ON_BEHALF.test(user_agent)) return isAtOnce(seconds_since_sent);
  return isAtOnce(seconds_since_sent) || MACHINES.some((machine) => machine.test(user_agent));
}

/** Whether a click comes from a program rather than from a person. */
export function isMachineClick({ method, user_agent = '', is_prefetch }: Visit, seconds_since_sent: number | undefined): boolean {
  if (method === 'HEAD' || is_prefetch || user_agent === '') return true;
  return isAtOnce(seconds_since_sent) || MACHINES.some((machine) => machine.test(user_agent));
}

/** Nobody reads that fast. */
const TOO_FAST_S = 2;

function isAtOnce(seconds_since_sent: number | undefined): boolean {
  return seconds_since_sent !== undefined && seconds_since_sent < TOO_FAST_S;
}
