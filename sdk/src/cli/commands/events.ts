import { Command, Option } from 'commander';
import type { Event } from '../../index.ts';
import { type EventFilter, matches, typeOption } from '../event-filter.ts';
import { eventLine } from '../event-line.ts';
import { examples } from '../examples.ts';
import { followEvents } from '../follow-events.ts';
import { count, type ListOptions, wanted, withListOptions } from '../options.ts';
import type { Act, Session } from '../session.ts';

export function eventsCommand(act: Act): Command {
  return new Command('events')
    .description('read the event log, or follow it live')
    .addCommand(listCommand(act))
    .addCommand(tailCommand(act));
}

interface ListEvents extends EventFilter, ListOptions {
  after?: string;
}

function listCommand(act: Act): Command {
  return withListOptions(new Command('list'))
    .description('print events from the log, oldest first')
    .addOption(typeOption())
    .addOption(new Option('--email <id>', 'only events of this email').conflicts('after'))
    .option('--after <event>', 'begin behind this event')
    .addHelpText(
      'after',
      examples(
        ['koltrix events list --type bounced,complained --all', 'who must not be mailed again'],
        ['koltrix events list --after evt_01k9… --all --json', 'all that is new since the last time, for a program'],
      ),
    )
    .action(
      act(async (session, { type, email, after, ...list }: ListEvents) => {
        const { signal, show, out } = session;
        const koltrix = session.connect();
        // The events of an email know no filters of their own.
        const source: (page: { limit: number }) => AsyncIterable<Event> = email
          ? () => koltrix.emails.listEvents(email, {}, { signal })
          : (page) => koltrix.events.list({ ...page, ...(type && { type }), ...(after && { after }) }, { signal });
        for await (const event of wanted(list, (page) => filtered(source(page), { type }))) {
          show(event, () => eventLine(event, out, 'date'));
        }
      }),
    );
}

async function* filtered(events: AsyncIterable<Event>, filter: EventFilter): AsyncGenerator<Event, void, undefined> {
  for await (const event of events) if (matches(event, filter)) yield event;
}

interface TailEvents extends EventFilter {
  after?: string;
  count?: number;
}

function tailCommand(act: Act): Command {
  return new Command('tail')
    .description('print events as they happen, until Ctrl-C; resumes after a broken connection')
    .addOption(typeOption())
    .option('--email <id>', 'only events of this email')
    .option('--to <address>', 'only events of this recipient')
    .option('--after <event>', 'begin behind this event rather than now')
    .addOption(new Option('-c, --count <count>', 'stop after so many').argParser(count))
    .addHelpText(
      'after',
      examples(
        ['koltrix events tail', 'watch everything'],
        ['koltrix events tail --type bounced,failed --json | jq .data.bounce', 'feed the bad news to another program'],
        ['koltrix events tail --to ada@example.com --type delivered --count 1', 'wait until something has arrived'],
      ),
    )
    .action(
      act(async (session: Session, { type, email, to, after, count: most }: TailEvents) => {
        let left = most ?? Number.POSITIVE_INFINITY;
        await followEvents(session, { type, after }, async (event) => {
          if (!matches(event, { email, to })) return true;
          session.show(event, () => eventLine(event, session.out, 'clock'));
          return --left > 0;
        });
      }),
    );
}
