import { InvalidArgumentError, Option } from 'commander';
import type { Event, EventType } from '../index.ts';
import { eventTypes } from './words.ts';

/** Which events are wanted. */
export interface EventFilter {
  type?: EventType[] | undefined;
  email?: string | undefined;
  to?: string | undefined;
}

export function matches({ type, data }: Event, wanted: EventFilter): boolean {
  return (
    (!wanted.type || wanted.type.includes(type)) &&
    (!wanted.email || data.email_id === wanted.email) &&
    (!wanted.to || data.recipient?.toLowerCase() === wanted.to.toLowerCase())
  );
}

const shortOf = (type: string) => type.replace(/^email\./, '');

/** `--type`, several by commas or by repeating it, with or without `email.` in front. */
export function typeOption(): Option {
  const option = new Option('-t, --type <types>', 'only these, by commas').choices(eventTypes.map(shortOf));
  return option.argParser((text: string, before: EventType[] | undefined) => {
    const types = text.split(',').map((name) => {
      const type = eventTypes.find((known) => known === name || shortOf(known) === name);
      if (!type) throw new InvalidArgumentError(`There is no event type ${name}.`);
      return type;
    });
    // The contract wants each type once.
    return [...new Set([...(before ?? []), ...types])];
  });
}
