/** One server-sent event, with its text as it came. */
export interface Frame {
  raw: string;
  id: string | undefined;
  event: string | undefined;
  data: string | undefined;
}

export async function* framesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Frame> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true }).replaceAll('\r\n', '\n');
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const raw of blocks) yield frameOf(raw);
  }
}

function frameOf(raw: string): Frame {
  const field = (name: string) => {
    const lines = raw.split('\n').filter((line) => line.startsWith(`${name}:`));
    return lines.length ? lines.map((line) => line.slice(name.length + 1).replace(/^ /, '')).join('\n') : undefined;
  };
  return { raw, id: field('id'), event: field('event'), data: field('data') };
}
