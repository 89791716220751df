import { Command } from 'commander';
import type { DomainRecord } from '../../index.ts';
import { examples } from '../examples.ts';
import { domainNamed } from '../operations/ids.ts';
import type { Act } from '../session.ts';
import { plain } from '../text.ts';

/** What the contract has for domains joins it by itself. */
export function domainsCommand(act: Act): Command {
  return new Command('domains')
    .description('sending domains: add, publish their DNS records, verify, rotate keys')
    .addCommand(recordsCommand(act));
}

function recordsCommand(act: Act): Command {
  return new Command('records')
    .description('print the DNS records to publish, as lines of a zone file')
    .argument('<domain>', 'the domain, by its name or id')
    .option('--missing', 'only those that were not found yet')
    .addHelpText(
      'after',
      examples(['koltrix domains records acme.example --missing >> db.acme.example', 'what your zone still lacks']),
    )
    .action(
      act(async ({ connect, show, signal }, given: string, { missing }: { missing?: boolean }) => {
        const { records } = await domainNamed(connect(), given, signal);
        for (const record of records) {
          if (!(missing && record.state === 'verified')) show(record, () => zoneLine(record));
        }
      }),
    );
}

/** RFC 1035, 5.1: names end in a dot, and a text is of strings of at most 255 octets. */
function zoneLine({ type, name, value, strings }: DomainRecord): string {
  const quoted = strings.map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`).join(' ');
  return plain(`${name}. 3600 IN ${type} ${type === 'TXT' ? quoted : `${value.replace(/\.$/, '')}.`}`);
}
