import type { Account } from '../../index.ts';
import { pairs, plain } from '../text.ts';
import type { View } from './view.ts';

/** Whose key this is, and what it may do. */
export const account: View<Account> = {
  page: ({ name, scope, delivery_mode, limits, track_opens, track_clicks, ...rest }, out) => {
    const counted = [...(track_opens ? ['opens'] : []), ...(track_clicks ? ['clicks'] : [])].join(' and ');
    const isCapture = delivery_mode === 'capture';
    return pairs(out, [
      ['Account', `${plain(name)}  ${out.paint('dim', rest.id)}`],
      ['Key', `scope ${scope}  ${out.paint('dim', rest.api_key_id)}`],
      ['Delivery', isCapture ? 'capture: nothing leaves, mail lands in the test inbox' : delivery_mode],
      ['Counted', counted || 'neither opens nor clicks, unless an email or its domain says so'],
      [
        'Limits',
        `${limits.requests} requests in ${limits.window_seconds} s, ${limits.recipients_per_email} recipients`,
      ],
    ]);
  },
};
