/** How much a receiver takes at once. A start: what it says in conversation lowers it for a while. */
export interface ReceiverLimits {
  connections: number;
  messages_per_connection: number;
}

export interface Receiver extends ReceiverLimits {
  name: string;
  /** Host names of its servers; `*.` stands for any labels. */
  mx: readonly string[];
}

export interface Receivers {
  default: ReceiverLimits;
  receivers: readonly Receiver[];
}

/** The limits for a domain with these servers, by the most preferred; all others count as a receiver of their own. */
export function receiverOf(table: Receivers, hosts: readonly string[]): ReceiverLimits & { name: string } {
  const host = hosts[0] ?? '';
  const known = table.receivers.find(({ mx }) => mx.some((pattern) => fits(pattern, host)));
  return known ?? { ...table.default, name: hosts.join(' ') };
}

function fits(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}

/** Reads a table. Throws with a sentence when it is not one. */
export function parseReceivers(text: string): Receivers {
  const table = parseJson(text) as Partial<Receivers> | null;
  if (!table?.default || !Array.isArray(table.receivers)) throw new Error('has no `default` or no list of `receivers`');
  for (const [i, entry] of [table.default, ...table.receivers].entries()) {
    const where = i ? `receivers[${i - 1}]` : 'default';
    for (const name of ['connections', 'messages_per_connection'] as const) {
      const value = (entry as ReceiverLimits | null)?.[name] ?? 0;
      if (!Number.isInteger(value) || value < 1 || value > 10_000) {
        throw new Error(`${where}: \`${name}\` is no whole number from 1 to 10000`);
      }
    }
    if (!i) continue;
    const { name, mx } = entry as Receiver;
    if (typeof name !== 'string' || !name) throw new Error(`${where}: has no \`name\``);
    if (
      !Array.isArray(mx) ||
      !mx.length ||
      mx.some((host) => typeof host !== 'string' || host !== host.toLowerCase())
    ) {
      throw new Error(`${where}: \`mx\` is no list of host names in lower case`);
    }
  }
  return table as Receivers;
}

/** The engine's own words quote the text, line ends included. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('is no JSON');
  }
}
