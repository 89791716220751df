import { describe, expect, test } from 'vitest';
import { isMachineClick, isMachineOpen, mayBeEither } from './machine.ts';

const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const OUTLOOK = 'Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; Microsoft Outlook 16.0)';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148';
const GMAIL = 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)';

const visit = (user_agent: string | null, more = {}) => ({
  method: 'GET',
  user_agent,
  is_prefetch: false,
  is_burst: false,
  ...more,
});

describe('opens', () => {
  test.each([CHROME, OUTLOOK, IPHONE, GMAIL, null])('by %s are by a person', (agent) => {
    expect(isMachineOpen(visit(agent))).toBe(false);
  });

  test.each([
    ['Apple’s privacy proxy', visit('Mozilla/5.0')],
    ['a HEAD request', visit(CHROME, { method: 'HEAD' })],
    ['a request that says that it looks ahead', visit(CHROME, { is_prefetch: true })],
    ['a link scanner', visit('Mozilla/5.0 (compatible; BarracudaCentral/1.0)')],
    ['a crawler', visit('Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)')],
    ['a preview of a chat', visit('Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)')],
    ['a browser without a head', visit('Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/140.0.0.0')],
  ])('by %s are by a machine', (_who, who) => {
    expect(isMachineOpen(who)).toBe(true);
  });

  test('by Gmail’s proxy may be by either, which only time tells', () => {
    expect(mayBeEither(visit(GMAIL))).toBe(true);
    expect(mayBeEither(visit(CHROME))).toBe(false);
  });
});

describe('clicks', () => {
  test('by a browser are by a person, a burst of them is not', () => {
    expect(isMachineClick(visit(CHROME))).toBe(false);
    expect(isMachineClick(visit(CHROME, { is_burst: true }))).toBe(true);
    expect(isMachineClick(visit(CHROME, { method: 'HEAD' }))).toBe(true);
  });
});
