import { Command } from 'commander';
import type { Account } from '../../index.ts';
import { examples } from '../examples.ts';
import type { Printer } from '../printer.ts';
import type { Act } from '../session.ts';
import { pairs, plain } from '../text.ts';

export function accountCommand(act: Act): Command {
  return new Command('account')
    .description('show whose key this is and what it may do')
    .addHelpText('after', examples(['koltrix account', 'is the key good, and is the address right?']))
    .action(
      act(async ({ connect, show, out, signal }) => {
        const account = await connect().account.get({ signal });
        show(account, () => described(account, out));
      }),
    );
}

function described({ name, scope, delivery_mode, limits, ...account }: Account, out: Printer): string {
  return pairs(out, [
    ['Account', `${plain(name)}  ${out.paint('dim', account.id)}`],
    ['Key', `scope ${scope}  ${out.paint('dim', account.api_key_id)}`],
    ['Delivery', delivery_mode === 'capture' ? 'capture: nothing leaves, mail lands in the test inbox' : delivery_mode],
    ['Limits', `${limits.requests} requests in ${limits.window_seconds} s, ${limits.recipients_per_email} recipients`],
  ]);
}
