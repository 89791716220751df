import { afterAll, beforeAll, expect, test } from 'vitest';
import { AUTHORITY } from '../../../test/support/authority.ts';
import { givenClock } from '../../../test/support/clock.ts';
import { givenInternet, type Internet } from '../../../test/support/direct.ts';
import { givenStsPolicies, policy, type StsPolicies } from '../../../test/support/sts-policies.ts';
import { dnsAt } from './dns.ts';
import { createFindStsPolicy } from './mta-sts.ts';

const stack = new AsyncDisposableStack();
let internet: Internet;
let policies: StsPolicies;

beforeAll(async () => {
  internet = stack.use(await givenInternet());
  policies = stack.use(await givenStsPolicies(internet));
});
afterAll(() => stack.disposeAsync());

function givenFinder() {
  const clock = givenClock({ stands: true });
  const find = createFindStsPolicy({
    dns: dnsAt([internet.dns.server]),
    addresses: { allow_loopback: true, allowed_networks: [] },
    ca: [AUTHORITY],
    port: policies.port,
    now: clock.now,
  });
  return { clock, find };
}

const enforced = (mx: string) => expect.objectContaining({ mode: 'enforce', mx: [mx] });

test('a policy that is announced as before holds on when its time is over', async () => {
  const { clock, find } = givenFinder();
  policies.publish('stsb.example', policy('enforce', 'mx.stsb.example'));
  expect(await find('stsb.example')).toEqual(enforced('mx.stsb.example'));
  for (let hours = 0; hours <= 48; hours += 6) {
    expect(await find('stsb.example')).toEqual(enforced('mx.stsb.example'));
    clock.advance({ hours: 6 });
  }
});

test('a policy is renewed well before its end, so that a web server that is away then does not end it', async () => {
  const { clock, find } = givenFinder();
  policies.publish('stsc.example', policy('enforce', 'mx.stsc.example'));
  await find('stsc.example');
  clock.advance({ hours: 18 });
  await find('stsc.example');
  policies.texts.delete('mta-sts.stsc.example');
  clock.advance({ hours: 12 });
  expect(await find('stsc.example')).toEqual(enforced('mx.stsc.example'));
  clock.advance({ hours: 18 });
  expect(await find('stsc.example')).toBeUndefined();
});

test('a policy is not fetched again while it is young', async () => {
  const { clock, find } = givenFinder();
  policies.publish('stsd.example', policy('enforce', 'mx.stsd.example'));
  for (let hours = 0; hours < 12; hours++) {
    await find('stsd.example');
    clock.advance({ hours: 1 });
  }
  expect(policies.asked.filter((url) => url.startsWith('mta-sts.stsd.example'))).toHaveLength(1);
});
