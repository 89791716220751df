import { expect, test } from 'vitest';
import { createTokens } from '../token.ts';
import { createTrackingLinks } from './links.ts';

const OLD = 'an old secret of thirty-two letters';
const links = createTrackingLinks(createTokens('a secret of at least thirty-two letters', [OLD]));
const message_id = '019aa9f3-6c4e-7b11-8f3e-0123456789ab';
const HOST = 'https://links.acme.example';

test('what is written can be read', () => {
  expect(links.readOpen(partsOf(links.open(HOST, message_id), '/o/')[0] as string)).toEqual({ message_id });
  expect(links.readUnsubscribe(partsOf(links.unsubscribe(HOST, message_id), '/u/')[0] as string)).toEqual({
    message_id,
  });
});

test.each(['https://shop.example/?q=ä&r=1#top', 'http://x.example', `https://x.example/${'a'.repeat(1_900)}`])(
  'a click leads to %s',
  (target) => {
    const [token, encoded] = partsOf(links.click(HOST, message_id, target), '/c/') as [string, string];
    expect(links.readClick(token, encoded)).toEqual({ message_id, url: new URL(target).href });
  },
);

test('no other target can be put in its place: there is no open redirect', () => {
  const [token] = partsOf(links.click(HOST, message_id, 'https://shop.example/'), '/c/') as [string];
  for (const evil of [
    'https://evil.example/',
    'https://shop.example',
    'https://shop.example/?',
    'javascript:alert(1)',
    '',
  ]) {
    expect(links.readClick(token, Buffer.from(evil).toString('base64url'))).toBeUndefined();
  }
});

test('a token is good for its own purpose alone, and every changed letter makes it a forgery', () => {
  const open = partsOf(links.open(HOST, message_id), '/o/')[0] as string;
  const [click, target] = partsOf(links.click(HOST, message_id, 'https://shop.example/'), '/c/') as [string, string];
  expect(links.readUnsubscribe(open.replace('.gif', ''))).toBeUndefined();
  expect(links.readUnsubscribe(click)).toBeUndefined();
  expect(links.readOpen(click)).toBeUndefined();
  expect(links.readClick(open.replace('.gif', ''), target)).toBeUndefined();
  for (let i = 0; i < click.length; i++) {
    const changed = `${click.slice(0, i)}${click[i] === 'a' ? 'b' : 'a'}${click.slice(i + 1)}`;
    expect(links.readClick(changed, target)).toBeUndefined();
  }
});

test('links in mail that was sent before a rotation of the secret still work', () => {
  const before = createTrackingLinks(createTokens(OLD));
  const [token, target] = partsOf(before.click(HOST, message_id, 'https://shop.example/'), '/c/') as [string, string];
  expect(links.readClick(token, target)?.url).toBe('https://shop.example/');
});

function partsOf(url: string, path: string): string[] {
  expect(url.startsWith(`${HOST}${path}`)).toBe(true);
  expect(url).toMatch(/^[\w.:/-]+$/);
  return url.slice(HOST.length + path.length).split('/');
}
