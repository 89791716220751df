import type { Request, RequestHandler, Response } from 'express';
import { Refusal } from '../errors/refusal.ts';
import type { Route } from '../generated/handlers.gen.ts';
import type { Authenticate } from './authenticate.ts';
import type { Caller, HttpDeps } from './handler.ts';

/** Who asks, may he, and has he quota left: told before the body is read. Rejects with a Refusal. */
export type Gate = (request: Request, response: Response) => Promise<Caller>;

export function gate(route: Route, { rateLimit }: Pick<HttpDeps, 'rateLimit'>, authenticate: Authenticate): Gate {
  return async (request, response) => {
    let caller: Caller;
    try {
      const known = authenticate(request.headers.authorization);
      caller = known instanceof Promise ? await known : known;
    } catch (error) {
      // Guessing keys is limited by address; a right key is not slowed by somebody else's wrong ones.
      if (error instanceof Refusal && error.code === 'unauthenticated')
        await spend(response, rateLimit, `ip:${request.ip}`);
      throw error;
    }
    const quota = rateLimit.take(caller.tenant_id);
    limit(response, rateLimit, quota instanceof Promise ? await quota : quota);
    if (!mayUse(route, caller)) {
      throw new Refusal('forbidden', `This operation wants the scope ${wanted(route)}; the key has ${caller.scope}.`);
    }
    return caller;
  };
}

function mayUse(route: Route, { scope }: Caller): boolean {
  return route.scope === 'any' || scope === 'full' || scope === route.scope;
}

function wanted(route: Route): string {
  return route.scope === 'full' ? '`full`' : `\`${route.scope}\` or \`full\``;
}

async function spend(response: Response, rateLimit: HttpDeps['rateLimit'], key: string): Promise<void> {
  limit(response, rateLimit, await rateLimit.take(key));
}

function limit(
  response: Response,
  { requests, window_s }: HttpDeps['rateLimit'],
  quota: { allowed: boolean; remaining: number; reset_s: number },
): void {
  response.setHeader('RateLimit-Policy', `"default";q=${requests};w=${window_s}`);
  response.setHeader('RateLimit', `"default";r=${quota.remaining};t=${quota.reset_s}`);
  if (!quota.allowed) {
    throw new Refusal(
      'rate-limited',
      `${requests} requests in ${window_s} s are allowed; retry after the time that Retry-After names.`,
      {
        retry_after_s: quota.reset_s,
      },
    );
  }
}

/** For requests that no operation takes: they are counted by address, and the quota is announced on their answers too. */
export function gateStrangers({ rateLimit }: Pick<HttpDeps, 'rateLimit'>): RequestHandler {
  return async (request, response, next) => {
    await spend(response, rateLimit, `ip:${request.ip}`);
    next();
  };
}
