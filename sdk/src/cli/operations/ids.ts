import type { Domain, Koltrix } from '../../index.ts';
import { Failure } from '../failure.ts';
import type { Field } from '../operation-command.ts';

/** A domain by its id or, as people call it, by its name. */
export async function domainNamed({ domains }: Koltrix, given: string, signal: AbortSignal): Promise<Domain> {
  if (given.startsWith('dom_')) return domains.get(given, { signal });
  const name = given.toLowerCase().replace(/\.$/, '');
  for await (const domain of domains.list({ limit: 100 }, { signal })) {
    if (name === domain.name || name === domain.unicode_name) return domain;
  }
  throw new Failure(`${given} is not among your domains.`, { advice: 'koltrix domains list shows them.' });
}

/** The id that an argument means. */
export async function idOf(
  client: Koltrix,
  { name, prefix }: Field,
  text: string,
  signal: AbortSignal,
): Promise<string> {
  const isName = name === 'domain_id' && prefix !== undefined && !text.startsWith(prefix);
  return isName ? (await domainNamed(client, text, signal)).id : text;
}
