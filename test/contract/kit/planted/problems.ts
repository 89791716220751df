import { edited } from '../faults.ts';
import { type Planted, suppression } from './common.ts';

const problem = (what: string, edit: (body: Record<string, unknown>) => void, rule = 'problem'): Planted => ({
  what,
  only: ['getSuppression'],
  found: [`getSuppression ${rule}`],
  fault: edited(suppression, edit, [404]),
});

export const problems: Planted[] = [
  problem('a problem that may wrongly be retried', (body) => Object.assign(body, { retryable: true })),
  problem('a problem with another status in it', (body) => Object.assign(body, { status: 400 })),
  problem('a problem with a code of another status', (body) =>
    Object.assign(body, { code: 'forbidden', type: '/problems/forbidden' }),
  ),
  problem('a problem with the page of another code', (body) => Object.assign(body, { type: '/problems/forbidden' })),
  problem('a problem of another request', (body) =>
    Object.assign(body, { request_id: 'req_01k9zq7d8ye2wbn5w0c8v7x3ma' }),
  ),
  problem('a problem of another path', (body) => Object.assign(body, { instance: '/somewhere' })),
  problem('a problem without a code', (body) => delete body.code, 'schema'),
  problem(
    'a code that the enum does not have',
    (body) => Object.assign(body, { code: 'gone', type: '/problems/gone' }),
    'schema',
  ),
  problem('a pointer of no known form', (body) =>
    Object.assign(body, { errors: [{ pointer: 'body.to', detail: 'no' }] }),
  ),
];
