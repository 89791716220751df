/** One dispatched block. Without data it is no event, but its id still counts. */
interface ServerSentEvent {
  /** The id of this block, if it named one. */
  id: string | undefined;
  /** Undefined when the block had none. */
  data: string | undefined;
}

/**
 * Parses a `text/event-stream` (HTML standard, 9.2.6): lines end in CR, LF or CRLF, wherever the chunks are cut;
 * comments and other fields are skipped; a block that the stream's end cuts off is dropped.
 */
export async function* serverSentEvents(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  let block: string[] = [];
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A CR at the very end may be half of a CRLF: it waits for the next chunk.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line) {
        block.push(line);
      } else {
        const event = eventIn(block);
        block = [];
        if (event) yield event;
      }
    }
  }
}

function eventIn(block: string[]): ServerSentEvent | undefined {
  const data: string[] = [];
  let id: string | undefined;
  for (const line of block) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') data.push(value);
    else if (name === 'id') id = value;
  }
  return data.length || id !== undefined ? { id, data: data.length ? data.join('\n') : undefined } : undefined;
}
