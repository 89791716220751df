import { describe, expect, test } from 'vitest';
import { isKoltrixError, type RenderableEmail } from '../src/index.ts';
import { accepted, acceptIt, hello, json, rejectionOf, serve } from './support.ts';

/** What JSX makes, as far as a renderer is concerned. */
interface Element {
  type: string;
  props: { name: string };
}
const receipt = (name: string): Element => ({ type: 'Receipt', props: { name } });
const { body_text: _, ...envelope } = hello;

const bodyOf = (request: { body: Buffer } | undefined) => JSON.parse(String(request?.body));

describe('an email with `body`', () => {
  test('has as its HTML what the renderer makes of it, at once or later', async () => {
    await using server = await serve(acceptIt);
    const atOnce = server.client({ render: ({ props }: Element) => `<p>${props.name}</p>` });
    const later = server.client({ render: async ({ props }: Element) => `<p>${props.name}</p>` });
    expect(await atOnce.emails.send({ ...envelope, body: receipt('Ada') })).toEqual(accepted);
    await later.emails.send({ ...envelope, body: receipt('Bob') });
    expect(server.requests.map(bodyOf)).toEqual([
      { ...envelope, body_html: '<p>Ada</p>' },
      { ...envelope, body_html: '<p>Bob</p>' },
    ]);
  });

  test('may be rendered to HTML and text', async () => {
    await using server = await serve(acceptIt);
    const render = ({ props: { name } }: Element) => ({ body_html: `<p>${name}</p>`, body_text: name });
    await server.client({ render }).emails.send({ ...envelope, body: receipt('Ada') });
    expect(bodyOf(server.requests[0])).toEqual({ ...envelope, body_html: '<p>Ada</p>', body_text: 'Ada' });
  });

  test('may stand in a batch beside others', async () => {
    await using server = await serve(json(202, { data: [accepted, accepted] }));
    const render = ({ props }: Element) => props.name;
    await server.client({ render }).emails.sendBatch({ emails: [hello, { ...envelope, body: receipt('Ada') }] });
    expect(bodyOf(server.requests[0])).toEqual({ emails: [hello, { ...envelope, body_html: 'Ada' }] });
  });

  test('leaves whatever else the batch says as it is', async () => {
    await using server = await serve(json(202, { data: [accepted] }));
    const batch = { emails: [hello], label: 'what a later contract may have' };
    await server.client().emails.sendBatch(batch);
    expect(bodyOf(server.requests[0])).toEqual(batch);
  });

  test('is not sent without a renderer, nor when it fails', async () => {
    await using server = await serve(acceptIt);
    const email: RenderableEmail = { ...envelope, body: receipt('Ada') };
    const error = await rejectionOf(server.client().emails.send(email));
    expect(isKoltrixError(error)).toBe(true);
    expect(String(error)).toContain('`render`');
    const broken = new Error('Ada is not defined');
    const render = () => Promise.reject(broken);
    expect(await rejectionOf(server.client({ render }).emails.send(email))).toBe(broken);
    expect(server.requests).toHaveLength(0);
  });
});

test('an email without `body` does not meet the renderer', async () => {
  await using server = await serve(acceptIt);
  const render = () => {
    throw new Error('it does');
  };
  await server.client({ render }).emails.send(hello);
  expect(bodyOf(server.requests[0])).toEqual(hello);
});
