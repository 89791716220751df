import { readFileSync } from 'node:fs';
import { type Request, type Response, Router } from 'express';
import { refuseMethod } from '../refuse-method.ts';
import type { Contract } from './contract.ts';
import { guidePage, guides } from './pages/guide.ts';
import { problemCodes, problemIndexPage, problemPage } from './pages/problem.ts';
import { referencePage } from './pages/reference.ts';
import { type Page, page, sendPage } from './serve.ts';

/** One style sheet, kept in parts; later ones rely on earlier ones. */
const STYLES = ['base', 'navigation', 'content', 'code', 'media'];

/**
 * `GET /openapi.json`, `/docs`, `/docs/guides/<name>`, `/problems` and `/problems/<code>`; `/` leads to `/docs`. Each page is written at its
 * first request and kept. What else is asked for is left to what comes next. `public_url` is where callers find the server;
 * the samples use it.
 */
export function docsRouter({ public_url = 'http://127.0.0.1:8025' }: { public_url?: string } = {}): Router {
  const contract = once(() => JSON.parse(fileOf('../../generated/openapi.gen.json')) as Contract);
  const pages: Record<string, () => Page> = {
    '/openapi.json': once(() => page('application/json', JSON.stringify(contract()))),
    '/docs': once(() => page('text/html', referencePage(contract(), public_url).text)),
    '/docs/page.css': once(() => page('text/css', STYLES.map((name) => fileOf(`styles/${name}.css`)).join('\n'))),
    '/docs/page.js': once(() => page('text/javascript', fileOf('page.js'))),
    '/docs/icon.svg': once(() => page('image/svg+xml', fileOf('icon.svg'))),
    ...Object.fromEntries(
      guides.map((guide) => [
        `/docs/guides/${guide.name}`,
        once(() => page('text/html', guidePage(guide, fileOf(`guides/${guide.name}.md`)).text)),
      ]),
    ),
    '/problems': once(() => page('text/html', problemIndexPage().text)),
    ...Object.fromEntries(
      problemCodes.map((code) => [
        `/problems/${code}`,
        once(() => page('text/html', problemPage(contract(), code).text)),
      ]),
    ),
  };

  const refuse = refuseMethod(['GET']);
  const router = Router({ caseSensitive: true });
  router
    .route('/')
    .get((_request, response) => response.redirect(302, '/docs'))
    .all(refuse);
  for (const [path, get] of Object.entries(pages))
    router
      .route(path)
      .get((request: Request, response: Response) => sendPage(request, response, get()))
      .all(refuse);
  return router;
}

const fileOf = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
