import type { Exchange } from './client.ts';
import type { Excerpt } from './ledger.ts';

const LONGEST = 1_200;

/** What was sent and answered, cut to what fits a report, without any secret. */
export function excerptOf({ call, url, status, headers, text, failure }: Exchange): Excerpt {
  const request = [`${call.method} ${new URL(url).pathname}${new URL(url).search}`, ...sentHeaders(call)];
  const answer = failure
    ? [`no answer: ${failure}`]
    : [
        `HTTP ${status}`,
        ...[...headers].filter(([name]) => isTelling(name)).map(([name, value]) => `${name}: ${value}`),
      ];
  return {
    request: hidden([...request, ...(call.body === undefined ? [] : ['', cut(call.body)])].join('\n')),
    response: hidden([...answer, ...(text ? ['', cut(text)] : [])].join('\n')),
    curl: hidden(curl(call, url)),
  };
}

function sentHeaders({ headers = {}, body, media_type }: Exchange['call']): string[] {
  const all = { ...(body !== undefined && media_type && { 'content-type': media_type }), ...headers };
  return Object.entries(all).map(([name, value]) => `${name}: ${value}`);
}

const isTelling = (name: string) => !['date', 'connection', 'keep-alive', 'transfer-encoding'].includes(name);

function curl(call: Exchange['call'], url: string): string {
  const words = ['curl', '-i', '-X', call.method];
  if (call.key !== null) words.push('-H', '"Authorization: Bearer $KOLTRIX_KEY"');
  for (const header of sentHeaders(call)) words.push('-H', quoted(header));
  if (call.body !== undefined) words.push('--data-binary', quoted(cut(call.body)));
  return [...words, quoted(url)].join(' ');
}

/** For a shell; bash's and zsh's `$'…'` where it holds what a terminal would not paste, such as the CR of a message. */
function quoted(text: string): string {
  if (!/[\p{Cc}]/u.test(text.replaceAll('\n', ''))) return `'${text.replaceAll("'", `'\\''`)}'`;
  const escaped = text
    .replaceAll(/[\\']/g, '\\$&')
    .replaceAll(/\p{Cc}/gu, (character) => ESCAPES[character] ?? hex(character));
  return `$'${escaped}'`;
}

const ESCAPES: Record<string, string> = { '\r': '\\r', '\n': '\\n', '\t': '\\t' };
const hex = (character: string) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text;
}

/** Keys and signing secrets, wherever they stand. */
function hidden(text: string): string {
  return text.replace(/\b(kx_|whsec_)[\w+/=-]{6,}/g, '$1…');
}
