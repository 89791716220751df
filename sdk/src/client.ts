import { configOf, type KoltrixOptions } from './config.ts';
import { Emails } from './emails.ts';
import { Resources } from './generated/resources.gen.ts';
import { transportOf } from './transport.ts';

/**
 * The client. `new Koltrix()` takes the API key from `KOLTRIX_KEY` and the address from `KOLTRIX_BASE_URL`; one client
 * serves a whole application. Throws a `KoltrixError` when the key is missing or an option cannot be right.
 */
export class Koltrix extends Resources {
  override readonly emails: Emails;

  constructor(options: KoltrixOptions = {}) {
    const transport = transportOf(configOf(options));
    super(transport);
    this.emails = new Emails(transport, options.render);
  }
}
