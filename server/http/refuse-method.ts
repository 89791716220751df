import type { RequestHandler } from 'express';
import { Refusal } from '../errors/refusal.ts';

/** 405, with the methods that the path does take. HEAD goes with GET, and needs no word of its own. */
export function refuseMethod(methods: readonly string[]): RequestHandler {
  const allowed = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return (_request, response) => {
    response.setHeader('Allow', allowed);
    throw new Refusal('method-not-allowed', `This path takes ${methods.join(' and ')}.`);
  };
}
