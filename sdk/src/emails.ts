import { type Collectable, collectable } from './collectable.ts';
import { EmailsResource } from './generated/resources.gen.ts';
import type { AcceptedBatch, AcceptedEmail, SendEmail } from './generated/types.gen.ts';
import type { KeyedRequestOptions } from './options.ts';
import { type RenderableBatch, type RenderableEmail, type Renderer, rendered } from './render.ts';
import { type Reply, replyOf } from './reply.ts';
import type { SendManyResult } from './send-many.ts';
import type { Transport } from './transport.ts';

/** Await it for all results in the order of the emails, or iterate over it to have them as they come. */
export type SendManyReply<E> = Collectable<SendManyResult<E>>;

/** The contract's operations, and what makes them handier: rendered content, and sending any number of emails. */
export class Emails extends EmailsResource {
  readonly #render: Renderer['render'] | undefined;

  constructor(transport: Transport, render: Renderer['render'] | undefined) {
    super(transport);
    this.#render = render;
  }

  override send(body: SendEmail | RenderableEmail, options: KeyedRequestOptions = {}): Reply<AcceptedEmail> {
    return replyOf(rendered(body, this.#render).then((email) => super.send(email, options).withResponse()));
  }

  override sendBatch({ emails, ...body }: RenderableBatch, options: KeyedRequestOptions = {}): Reply<AcceptedBatch> {
    return replyOf(
      Promise.all(emails.map((email) => rendered(email, this.#render))).then((all) =>
        super.sendBatch({ ...body, emails: all }, options).withResponse(),
      ),
    );
  }

  /**
   * Send any number of emails, from an array, a generator or a stream of them.
   *
   * They go in batches of up to 500 emails and 25 MB, one after the other, and each has a result of its own: what is
   * refused neither stops the others nor makes the call reject. Await it for all results in the order of the emails, or
   * iterate over it to have them as they come and no more in memory than one batch; leave the loop to send no further
   * batch. It begins when it is awaited or iterated over.
   *
   * With `idempotencyKey` each batch has a key made from it: the same emails in the same order are sent once, however
   * often the call is repeated.
   *
   * It rejects only when `emails` itself fails, or with the reason of the signal.
   */
  sendMany<E extends SendEmail | RenderableEmail>(
    emails: Iterable<E> | AsyncIterable<E>,
    options: KeyedRequestOptions = {},
  ): SendManyReply<E> {
    const steps = {
      prepare: (email: E) => rendered(email, this.#render),
      send: async (batch: SendEmail[], batchOptions: KeyedRequestOptions) =>
        (await super.sendBatch({ emails: batch }, batchOptions)).data,
    };
    return collectable(resultsOf(emails, options, steps), (a, b) => a.index - b.index);
  }
}

async function* resultsOf<E>(
  ...call: Parameters<typeof import('./send-many.ts').sendMany<E>>
): AsyncGenerator<SendManyResult<E>, void, undefined> {
  const { sendMany } = await import('./send-many.ts');
  yield* sendMany<E>(...call);
}
