import type { DomainRecordState } from '../generated/types.gen.ts';
import type { DnsAnswer } from './look-up.ts';

/** What was found for one record. `unknown`: DNS did not say, so the state stays what it was. */
export interface Finding {
  state: DomainRecordState | 'unknown';
  found: string[];
  detail: string | null;
}

/** The same over all purposes: nothing there, or no answer. */
function withoutValues(answer: Exclude<DnsAnswer, { kind: 'found' }>, was_verified: boolean): Finding {
  if (answer.kind === 'trouble') {
    return { state: 'unknown', found: [], detail: `The DNS servers ${answer.detail}; Koltrix asks again.` };
  }
  return was_verified
    ? { state: 'failed', found: [], detail: 'The record has disappeared from DNS; publish it again.' }
    : { state: 'pending', found: [], detail: 'Nothing is published at this name yet.' };
}

/** The key's record. Others beside it do not undo the proof, but receivers may take them for the key. */
export function judgeDkim(answer: DnsAnswer, public_key: string, was_verified: boolean): Finding {
  if (answer.kind !== 'found') return withoutValues(answer, was_verified);
  const found = answer.values;
  if (found.some((text) => holdsKey(text, public_key))) {
    const detail =
      found.length > 1
        ? 'There are other TXT records at this name, which receivers may take for the key; remove them.'
        : null;
    return { state: 'verified', found, detail };
  }
  return { state: 'failed', found, detail: faultOfKey(found, public_key) };
}

/** RFC 6376, 3.6.1, in what a verifier holds against a signature by RSA and SHA-256 for mail. */
function holdsKey(text: string, public_key: string): boolean {
  const tags = tagsOf(text);
  const lists = (name: string, value: string) =>
    !tags.has(name) ||
    (tags.get(name) as string).split(':').some((item) => item.trim().toLowerCase() === value || item.trim() === '*');
  return (
    (tags.get('v') ?? 'DKIM1') === 'DKIM1' &&
    (tags.get('k') ?? 'rsa').toLowerCase() === 'rsa' &&
    tags.get('p')?.replaceAll(/\s/g, '') === public_key &&
    lists('h', 'sha256') &&
    lists('s', 'email')
  );
}

function faultOfKey(found: readonly string[], public_key: string): string {
  const keys = found.map(tagsOf).filter((tags) => tags.has('p'));
  if (!keys.length) return 'There is a TXT record, but none that holds a DKIM key; publish the value as it stands.';
  const values = keys.map((tags) => (tags.get('p') as string).replaceAll(/\s/g, ''));
  if (values.every((value) => value === ''))
    return 'The record says that the key is revoked (an empty p=); publish the value as it stands.';
  if (values.some((value) => value.length >= 100 && value !== public_key && public_key.startsWith(value)))
    return 'The key is cut off: publish the whole value, in several strings where one may hold 255 characters.';
  if (values.includes(public_key))
    return 'The key is there, but other parts of the record (v, k, h or s) forbid its use; publish the value as it stands.';
  return 'The record holds another key; publish the value as it stands.';
}

function tagsOf(text: string): Map<string, string> {
  return new Map(
    text
      .split(';')
      .filter((part) => part.includes('='))
      .map((part) => [part.slice(0, part.indexOf('=')).trim(), part.slice(part.indexOf('=') + 1).trim()]),
  );
}

/** An alias of the target, directly or by way of others. */
export function judgeAlias(answer: DnsAnswer, target: string, was_verified: boolean): Finding {
  if (answer.kind !== 'found') return withoutValues(answer, was_verified);
  const found = answer.values.map(withoutDot);
  return found.includes(target)
    ? { state: 'verified', found, detail: null }
    : { state: 'failed', found, detail: `The name leads elsewhere; let it lead to ${target}.` };
}

/** Where an alias is not possible, the same hosts as the target's may take the mail. */
export function judgeReturnPath(
  alias: DnsAnswer,
  mx: DnsAnswer,
  mx_of_target: DnsAnswer,
  target: string,
  was_verified: boolean,
): Finding {
  const by_alias = judgeAlias(alias, target, was_verified);
  if (by_alias.state === 'verified' || mx.kind === 'none') return by_alias;
  if (mx.kind === 'trouble') return alias.kind === 'found' ? by_alias : withoutValues(mx, was_verified);
  const ours = new Set([target, ...(mx_of_target.kind === 'found' ? mx_of_target.values.map(withoutDot) : [])]);
  const found = mx.values.map(withoutDot);
  if (found.every((host) => ours.has(host))) return { state: 'verified', found, detail: null };
  return {
    state: 'failed',
    found: [...by_alias.found, ...found],
    detail: `Mail to this name goes elsewhere; make it an alias (CNAME) of ${target}.`,
  };
}

/** Any policy will do; the one of the registered domain holds for its subdomains too (RFC 7489, 6.6.3). */
export function judgeDmarc(own: DnsAnswer, inherited: DnsAnswer | undefined, was_verified: boolean): Finding {
  if (own.kind === 'trouble') return withoutValues(own, was_verified);
  const policies = policiesIn(own);
  if (policies.length === 1) return { state: 'verified', found: policies, detail: null };
  if (policies.length > 1)
    return {
      state: 'failed',
      found: policies,
      detail: 'There are several DMARC records, so receivers take none; leave one.',
    };
  const from_parent = inherited ? policiesIn(inherited) : [];
  if (from_parent.length === 1)
    return { state: 'verified', found: from_parent, detail: 'The policy of the domain above holds here too.' };
  if (own.kind === 'found')
    return { state: 'failed', found: own.values, detail: 'There is a TXT record, but no DMARC policy (v=DMARC1).' };
  const nothing = withoutValues(own, was_verified);
  return { ...nothing, detail: `${nothing.detail} Large receivers want a policy from who sends to many.` };
}

function policiesIn(answer: DnsAnswer): string[] {
  return answer.kind === 'found' ? answer.values.filter((text) => /^v\s*=\s*DMARC1\s*(;|$)/.test(text)) : [];
}

function withoutDot(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
