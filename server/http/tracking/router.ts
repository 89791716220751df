import express, { type ErrorRequestHandler, type Request, type Response } from 'express';
import { Refusal } from '../../errors/refusal.ts';
import { TRACKING_PATHS } from '../../mail/tracking/links.ts';
import type { Log } from '../../store/log.ts';
import type { UnsubscribeWish } from '../../store/unsubscribes.sql.ts';
import type { Tracking } from '../../tracking/index.ts';
import { type Html, html } from '../docs/html.ts';
import { sendRecipientPage } from './page.ts';

/** One transparent pixel, the smallest GIF there is. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** A one-click body is 26 bytes; as multipart a few hundred. */
const MAX_FORM_BYTES = 4 * 1024;
/** As bytes: whatever character set a sender of forms claims, nobody is refused his wish for that. */
const form = express.raw({ type: () => true, limit: MAX_FORM_BYTES });

/**
 * What the mail in the world points to: `/o/<token>.gif`, `/c/<token>/<target>`, `/u/<token>`. Recipients' programs come
 * here, so nothing asks for a key, sets a cookie or shows a problem in JSON.
 */
export function trackingRouter(tracking: Tracking, log: Log): express.Router {
  const router = express.Router({ caseSensitive: true });

  router.get(`${TRACKING_PATHS.open}/:token`, async (request, response) => {
    const known = await tracking.open(request.params.token, visitOf(request));
    response
      .status(known ? 200 : 404)
      .set({ 'Content-Type': 'image/gif', 'Content-Length': String(PIXEL.length), 'Cache-Control': 'no-store' })
      .end(request.method === 'HEAD' ? undefined : PIXEL);
  });

  router.get(`${TRACKING_PATHS.click}/:token/:target`, async (request, response) => {
    const { token, target } = request.params;
    const url = await tracking.click(token, target, visitOf(request));
    if (url === undefined) return sendUnknown(response);
    response
      .status(302)
      .set({ Location: url, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer', 'X-Robots-Tag': 'noindex' })
      .end();
  });

  router.get(`${TRACKING_PATHS.unsubscribe}/:token`, async (request, response) => {
    const wish = await tracking.wish(request.params.token);
    if (!wish) return sendUnknown(response);
    sendRecipientPage(response, 200, 'Unsubscribe?', question(wish));
  });

  router.post(`${TRACKING_PATHS.unsubscribe}/:token`, form, async (request, response) => {
    const one_click = Buffer.isBuffer(request.body) && /One-Click/i.test(request.body.toString('latin1'));
    const wish = await tracking.unsubscribe(request.params.token as string, one_click ? 'one-click' : 'page');
    if (!wish) return sendUnknown(response);
    sendRecipientPage(response, 200, 'You are unsubscribed', done(wish));
  });

  router.use(Object.values(TRACKING_PATHS), answerErrors(log));
  return router;
}

function visitOf(request: Request): { method: string; user_agent: string | null; is_prefetch: boolean } {
  const purpose = `${request.get('purpose') ?? ''} ${request.get('sec-purpose') ?? ''} ${request.get('x-moz') ?? ''}`;
  return {
    method: request.method,
    user_agent: request.get('user-agent')?.slice(0, 500).toWellFormed() ?? null,
    is_prefetch: /prefetch|preview/i.test(purpose),
  };
}

function question({ recipient, from_header, topic }: UnsubscribeWish): Html {
  return html`<p>${recipient} will get no more ${mailOf(topic)} from ${from_header}.</p>
<form method="post"><button type="submit" name="confirm" value="yes">Unsubscribe</button></form>`;
}

function done({ recipient, from_header, topic }: UnsubscribeWish): Html {
  return html`<p>${recipient} gets no more ${mailOf(topic)} from ${from_header}. What is already on its way may still arrive.</p>`;
}

function mailOf(topic: string | null): string {
  return topic === null ? 'mail' : `mail of the topic “${topic}”`;
}

function sendUnknown(response: Response): void {
  sendRecipientPage(
    response,
    404,
    'This link does not work',
    html`<p>It is incomplete, or it was not made here. Copy it from the mail as a whole, and try again.</p>`,
  );
}

/** People see these pages, so they get words rather than JSON. */
function answerErrors(log: Log): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const { status } = (error ?? {}) as { status?: number };
    // What the address or the form has wrong.
    if (status !== undefined && status >= 400 && status < 500) return sendUnknown(response);
    const is_away = error instanceof Refusal && error.code === 'unavailable';
    if (!is_away)
      log.error({ err: error, request_id: response.locals.request_id, path: request.path }, 'request failed');
    response.set('Retry-After', '60');
    sendRecipientPage(
      response,
      503,
      'Please try again',
      html`<p>This did not work just now. Try again in a minute.</p>`,
    );
  };
}
