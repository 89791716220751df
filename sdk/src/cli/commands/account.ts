import { Command } from 'commander';
import { examples } from '../examples.ts';
import type { Act } from '../session.ts';
import { pageOf } from '../views/views.ts';

export function accountCommand(act: Act): Command {
  return new Command('account')
    .description('show whose key this is and what it may do')
    .addHelpText('after', examples(['koltrix account', 'is the key good, and is the address right?']))
    .action(
      act(async ({ connect, show, out, signal }) => {
        const account = await connect().account.get({ signal });
        show(account, () => pageOf('Account', account, out));
      }),
    );
}
