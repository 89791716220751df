import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Koltrix, type KoltrixOptions, type Problem, type ProblemCode } from '../src/index.ts';

export const API_KEY = 'kx_4fQ9sVbJ2mXw8cTzR1yLk6NdP0hGaEuC3oIiM5nBqWv';

export const hello = { from: 'hello@acme.example', to: ['ada@example.com'], subject: 'Hi', body_text: 'Hello Ada' };

export const accepted = {
  id: 'em_01k9zq7d8ye2wbn5w0c8v7x3ma',
  status: 'queued',
  created_at: '2026-11-22T08:00:00.000Z',
  messages: [{ id: 'msg_01k9zq7d8ye2wbn5w0c8v7x3mb', recipient: 'ada@example.com', kind: 'to', status: 'queued' }],
};

export function problem(status: number, code: ProblemCode, more: Partial<Problem> = {}): Problem {
  return {
    type: `/problems/${code}`,
    title: 'A title',
    status,
    code,
    detail: 'What happened.',
    instance: '/api/v2/emails',
    request_id: 'req_01k9zq7d8ye2wbn5w0c8v7x3ma',
    retryable: false,
    ...more,
  };
}

export function event(number: number): { id: string; type: string; created_at: string; data: object } {
  return {
    id: `evt_${String(number).padStart(26, '0')}`,
    type: 'email.queued',
    created_at: '2026-11-22T08:00:00.000Z',
    data: { email_id: accepted.id, recipient: 'ada@example.com' },
  };
}

/** A request as it came over the wire. */
export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export type Answer = (response: ServerResponse, request: Received, socket: Socket) => void;

/**
 * A real server on a free port. Each request gets the next answer, the last one again and again; all are kept.
 */
export async function serve(...answers: Answer[]) {
  const requests: Received[] = [];
  let early: Answer | undefined;
  const server = createServer(async (incoming, response) => {
    const { method = '', url = '', headers, socket } = incoming;
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    const request: Received = { method, url, headers, body: Buffer.alloc(0) };
    requests.push(request);
    early?.(response, request, socket);
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(chunk);
    } catch {
      return; // The client has gone; nobody waits for an answer.
    }
    request.body = Buffer.concat(chunks);
    answer?.(response, request, socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    /** Answers every request before its body has come. */
    answerAtOnce: (answer: Answer) => {
      early = answer;
    },
    client: (options: KoltrixOptions = {}) => new Koltrix({ apiKey: API_KEY, baseUrl: url, ...options }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, {
      'content-type': status < 400 ? 'application/json' : 'application/problem+json',
      'x-request-id': 'req_01k9zq7d8ye2wbn5w0c8v7x3ma',
      ...headers,
    });
    response.end(JSON.stringify(body));
  };
}

export const acceptIt = json(202, accepted);

/** The connection breaks before a byte of the answer. */
export const hangUp: Answer = (_response, _request, socket) => socket.destroy();

/** The request is taken and never answered. */
export const staySilent: Answer = () => {};

/** What the promise rejects with; fails the test when it does not reject. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('It did not reject');
}
