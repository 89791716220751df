import express from 'express';
import { createServer } from 'node:http';
import { createApp } from './http/app.ts';
import { readBody } from './http/body.ts';
import { validator } from './http/validate.ts';
import { routes } from './generated/handlers.gen.ts';
import { newId } from './store/ids.ts';
import { localHints } from './store/hints.ts';
import { localRateLimit } from './store/local-rate-limit.ts';
import { createAccept } from './accept/index.ts';
const mode = process.argv[2]!;
const route = routes.find((r) => r.operation === 'sendEmail')!;
const now = () => new Date();
const hash = (await import('./store/new-api-key.ts')).hashApiKey('kx_testtesttesttest1');
const db = { query: async (st: { name: string; values: unknown[] }) => {
  if (st.name === 'api_keys.find_key') return { rows: [{ id: newId(), tenant_id: 'a1a2038f-562e-7599-b878-b71c3108eb8f', scope: 'full', hash }], rowCount: 1 };
  if (st.name === 'accept.commit_units') { const n = JSON.parse(st.values[2] as string).length; return { rows: Array.from({ length: n }, (_, unit) => ({ unit, canonical: null, reason: null, expires_at: null, webhooks: false })) }; }
  return { rows: [], rowCount: 0 }; }, transaction: async () => {}, } as never;
const app = mode === 'full' || mode === 'noaccept'
  ? createApp({ db, accept: mode === 'full' ? createAccept({ db, hints: localHints(), seal: {} as never, now, newId }) : async () => ({ status: 202, body: { id: 'em_01m81rx5rvewsan31mawqrk3ge', status: 'queued', created_at: '2026-11-22T14:00:06.171Z', messages: [] }, replayed: false }), hints: localHints(), seal: {} as never, rateLimit: localRateLimit({ requests: 1e9, window_s: 1 }), webhookPolicy: {} as never, delivery_mode: 'capture', log: console as never, now, newId, stopping: new AbortController().signal } as never, { validate_responses: false, public_url: undefined })
  : express().disable('etag').disable('x-powered-by');
if (mode === 'body') app.post('/api/v2/emails', readBody(route.consumes), (_q, r) => { r.status(202).json({ ok: 1 }); });
if (mode === 'eov') app.post('/api/v2/emails', readBody(route.consumes), validator(route, { responses: false }), (_q, r) => { r.status(202).json({ ok: 1 }); });
createServer(app).listen(8128);
