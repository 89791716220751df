import type { Flat } from './flatten.ts';

const LOWER = ['minLength', 'minimum', 'minItems', 'minProperties'] as const;
const UPPER = ['maxLength', 'maximum', 'maxItems', 'maxProperties'] as const;

/** The limits of a request that leave less room than before, in words. */
export function* tightened(old: Flat, now: Flat): Generator<string> {
  for (const keyword of LOWER) {
    const [was, is] = [old[keyword] ?? Number.NEGATIVE_INFINITY, now[keyword] ?? Number.NEGATIVE_INFINITY];
    // A length is never below nought: saying so takes nothing away.
    if (is > was && !(is === 0 && keyword !== 'minimum')) yield said(keyword, old, now);
  }
  for (const keyword of UPPER) {
    if ((now[keyword] ?? Number.POSITIVE_INFINITY) < (old[keyword] ?? Number.POSITIVE_INFINITY))
      yield said(keyword, old, now);
  }
  if (now.uniqueItems && !old.uniqueItems) yield 'items must be unique now';
  if (now.propertyNames && JSON.stringify(now.propertyNames) !== JSON.stringify(old.propertyNames))
    yield 'names of properties are restricted';
}

function said(keyword: (typeof LOWER)[number] | (typeof UPPER)[number], old: Flat, now: Flat): string {
  return `${keyword} was ${old[keyword] ?? 'free'} and is ${now[keyword] ?? 'free'}`;
}
