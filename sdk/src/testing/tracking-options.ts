import { headerValue } from './mime/headers.ts';

/** What a raw message says of tracking by its `X-Koltrix-*` headers; as the server reads them. */
export function optionsOf(bytes: Uint8Array): {
  track_opens: boolean | null;
  track_clicks: boolean | null;
  unsubscribe: boolean | string;
} {
  const wish = headerValue(bytes, 'x-koltrix-unsubscribe');
  return {
    track_opens: flag(headerValue(bytes, 'x-koltrix-track-opens')) ?? null,
    track_clicks: flag(headerValue(bytes, 'x-koltrix-track-clicks')) ?? null,
    unsubscribe: flag(wish) ?? wish ?? false,
  };
}

function flag(value: string | undefined): boolean | undefined {
  const lower = value?.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
}
