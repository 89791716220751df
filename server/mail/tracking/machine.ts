/** What is known of who asked for a tracking address. */
export interface Visit {
  method: string;
  user_agent: string | null;
  /** The request says itself that a program fetches ahead of its user. */
  is_prefetch: boolean;
  /** Another link of the same message was followed a moment ago: people do not click that fast. */
  is_burst: boolean;
}

/** Proxies that fetch every image when mail arrives. Apple's calls itself `Mozilla/5.0` and no more; no browser is so short of words. */
const PREFETCHING = /^mozilla\/5\.0$/i;
/** Proxies that fetch both when mail arrives and when a person opens it; which of the two only time tells. */
const ON_BEHALF = /googleimageproxy|yahoomailproxy/i;
/** Programs that look for malice in mail, make previews or walk the web. */
const SCANNERS =
  /\b(bot|crawler|spider|scanner|preview|headlesschrome|phantomjs)\b|\w(bot|crawler|spider)\b|barracuda|proofpoint|mimecast|ironport|trendmicro|sophos|symantec|forcepoint|fireeye|zscaler|cloudmark|safelinks|facebookexternalhit|whatsapp/i;

/** Whether an open comes from a program rather than from a person. */
export function isMachineOpen(visit: Omit<Visit, 'is_burst'>): boolean {
  return isProgram(visit) || PREFETCHING.test(visit.user_agent ?? '');
}

/** Whether an open comes from a proxy that fetches both by itself, at once, and for a person, later. */
export function mayBeEither({ user_agent }: Pick<Visit, 'user_agent'>): boolean {
  return ON_BEHALF.test(user_agent ?? '');
}

/** Whether a click comes from a program rather than from a person. */
export function isMachineClick(visit: Visit): boolean {
  return isProgram(visit) || visit.is_burst;
}

function isProgram({ method, user_agent, is_prefetch }: Omit<Visit, 'is_burst'>): boolean {
  return method === 'HEAD' || is_prefetch || SCANNERS.test(user_agent ?? '');
}
