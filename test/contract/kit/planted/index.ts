import { access } from './access.ts';
import { answers } from './answers.ts';
import type { Keys, Planted } from './common.ts';
import { keyed } from './idempotency.ts';
import { paged } from './pages.ts';
import { problems } from './problems.ts';
import { requests } from './requests.ts';
import { streamed } from './streams.ts';

export type { Keys } from './common.ts';

export const planted = (keys: Keys): Planted[] => [
  ...answers,
  ...problems,
  ...requests,
  ...access(keys),
  ...keyed.map((make) => make()),
  ...paged.map((make) => make()),
  ...streamed,
];
