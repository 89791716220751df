import type { Operation } from '../contract.ts';

const pascal = (name: string) => name.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/**
 * An operation's method on the SDK's client: the tag, and the operationId without the tag's noun, so `listEmailEvents`
 * of `emails` is `emails.listEvents`. The SDK's own names follow the same rule.
 */
export function sdkMethod({ id, tag }: Pick<Operation, 'id' | 'tag'>): string {
  const plural = pascal(tag);
  const singular = plural.replace(/ies$/, 'y').replace(/s$/, '');
  const resource = plural.charAt(0).toLowerCase() + plural.slice(1);
  const noun = [plural, singular].find((name) => new RegExp(`${name}(?![a-z])`).test(id));
  return `${resource}.${noun ? id.replace(new RegExp(`${noun}(?![a-z])`), '') : id}`;
}
