/** What a domain demands of who sends it mail (RFC 8461). */
export interface StsPolicy {
  mode: 'enforce' | 'testing' | 'none';
  /** Host names, some beginning with `*.`. */
  mx: string[];
  max_age_s: number;
}

/** The id of the policy that a domain announces at `_mta-sts`; undefined when it announces none (3.1). */
export function announcedId(records: readonly string[]): string | undefined {
  const ours = records.filter((text) => /^v=STSv1\s*;/.test(text));
  return ours.length === 1 ? /;\s*id=([A-Za-z0-9]{1,32})\s*(;|$)/.exec(ours[0] as string)?.[1] : undefined;
}

/** A year: the longest that a policy may last (3.2). */
const MAX_AGE_S = 31_557_600;

/** The policy that a file holds; undefined when it is none (3.2). */
export function parsePolicy(text: string): StsPolicy | undefined {
  const fields = text.split(/\r?\n/).flatMap((line) => {
    const colon = line.indexOf(':');
    return colon > 0 ? [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const] : [];
  });
  const one = (name: string) => fields.find(([key]) => key === name)?.[1];
  const mode = one('mode');
  const max_age_s = Number(one('max_age'));
  const mx = fields.flatMap(([key, value]) => (key === 'mx' ? [value.toLowerCase()] : []));
  if (one('version') !== 'STSv1' || (mode !== 'enforce' && mode !== 'testing' && mode !== 'none')) return undefined;
  if (!Number.isInteger(max_age_s) || max_age_s < 0 || (mode !== 'none' && !mx.length)) return undefined;
  return { mode, mx, max_age_s: Math.min(max_age_s, MAX_AGE_S) };
}

/** Whether the policy names this host; `*.` stands for one label (4.1). */
export function isNamed(policy: Pick<StsPolicy, 'mx'>, host: string): boolean {
  return policy.mx.some(
    (pattern) => pattern === host || (pattern.startsWith('*.') && host.slice(host.indexOf('.')) === pattern.slice(1)),
  );
}
