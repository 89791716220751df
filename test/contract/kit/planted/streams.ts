import { at, without } from '../faults.ts';
import type { Planted } from './common.ts';

const isStream = at('GET', /^\/events\/stream$/);

const frames = (what: string, edit: (frames: string[]) => string[]): Planted => ({
  what,
  only: ['streamEvents'],
  found: ['streamEvents stream'],
  fault: async (seen, forward) => {
    const answer = await forward();
    if (!isStream(seen) || answer.status !== 200) return answer;
    const [head = '', ...rest] = answer.body.split('\n\n').filter(Boolean);
    return { ...answer, body: `${[head, ...edit(rest)].join('\n\n')}\n\n` };
  },
});

export const streamed: Planted[] = [
  frames('a stream that skips an event', (list) => list.toSpliced(1, 1)),
  frames('a stream that gives an event twice', ([first = '', ...rest]) => [first, first, ...rest]),
  frames('a stream whose frames are of another type than their events', (list) =>
    list.map((frame) => frame.replace(/^event: .*$/m, 'event: email.opened')),
  ),
  frames('a stream with a field that nobody documents', (list) =>
    list.map((frame) => frame.replace('data: {', 'data: {"tenant":1,')),
  ),
  {
    what: 'a stream that resumes behind nothing',
    only: ['streamEvents'],
    found: ['streamEvents stream'],
    fault: async (seen, forward) => {
      const answer = await forward();
      return isStream(seen) && answer.status === 400
        ? forward({ headers: without(seen.headers, 'last-event-id') })
        : answer;
    },
  },
];
