import fc from 'fast-check';
import { Parser } from 'htmlparser2';
import { describe, expect, test } from 'vitest';
import { trackHtml } from './html.ts';

const link = (url: string) => `https://t.example/c/${Buffer.from(url).toString('hex')}`;
const to = (url: string) => link(url);

describe('links', () => {
  test.each([
    ['quoted', '<a href="https://x.example/?a=1&amp;b=2" class=c>x</a>', 'https://x.example/?a=1&b=2'],
    ['in single quotes', "<A CLASS='c' HREF=' http://x.example '>x</A>", 'http://x.example'],
    ['unquoted', '<a href=https://x.example/y>x</a>', 'https://x.example/y'],
    ['begun by an entity', '<a href="&#104;ttps://x.example">x</a>', 'https://x.example'],
    ['spread over lines', '<a\n\thref\n=\n"https://x.example"\n>x</a>', 'https://x.example'],
    ['beyond ASCII', '<a href="https://bücher.example/ä">x</a>', 'https://bücher.example/ä'],
    ['in a tag that closes itself', '<a href="https://x.example"/>', 'https://x.example'],
  ])('%s are rewritten, and nothing else', (_how, html, url) => {
    const tracked = trackHtml(html, { link });
    expect(hrefsOf(tracked)).toEqual([to(url)]);
    expect(tracked.replace(/(["']?)https:\/\/t\.example\/c\/[0-9a-f]+\1/, 'V')).toBe(
      html.replace(/(["']?)\s*(&#104;|h)ttps?:[^"'>\s]*\s*\1/, 'V'),
    );
  });

  test.each([
    ['mailto', '<a href="mailto:ada@example.test">x</a>'],
    ['tel', '<a href="tel:+431">x</a>'],
    ['an anchor within the mail', '<a href="#top">x</a>'],
    ['a relative one', '<a href="/x">x</a>'],
    ['javascript', '<a href="javascript:https://x.example">x</a>'],
    ['one that is marked', '<a data-koltrix-no-track href="https://x.example">x</a>'],
    ['one that is marked after its address', '<a href="https://x.example" data-koltrix-no-track="">x</a>'],
    ['one of an image', '<img src="https://x.example/i.png">'],
    ['one of a style sheet', '<link href="https://x.example/s.css">'],
    ['one in a comment', '<!--[if mso]><a href="https://x.example">x</a><![endif]-->'],
    ['one in a script', '<script>document.write("<a href=\'https://x.example\'>")</script>'],
    ['one in a style', '<style>a[href="https://x.example"] { color: red }</style>'],
    ['one in the text', 'see https://x.example or <b>href="https://x.example"</b>'],
    ['one that is no address', '<a href="https://">x</a>'],
    ['one too long for a line', `<a href="https://x.example/${'y'.repeat(2_000)}">x</a>`],
    ['one that is too long as it travels', `<a href="https://x.example/${'漢'.repeat(300)}">x</a>`],
    ['a tag that does not end', '<a href="https://x.example'],
    ['an attribute without value', '<a href>x</a>'],
  ])('%s stays', (_what, html) => {
    expect(trackHtml(html, { link })).toBe(html);
  });

  test('of two addresses in one anchor the first counts, as in a browser', () => {
    const html = '<a href="https://x.example" href="https://y.example">x</a>';
    expect(trackHtml(html, { link })).toBe(`<a href="${to('https://x.example')}" href="https://y.example">x</a>`);
  });

  test('that the caller leaves alone stay', () => {
    const html = '<a href="https://x.example">x</a><a href="https://y.example">y</a>';
    const tracked = trackHtml(html, { link: (url) => (url.includes('x.') ? undefined : link(url)) });
    expect(hrefsOf(tracked)).toEqual(['https://x.example', to('https://y.example')]);
  });

  test('any text with links in it keeps everything but the links', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '<a href="',
        '">',
        '</a>',
        "'",
        '<!--',
        '-->',
        '<script>',
        '</script>',
        '&amp;',
        '&#',
        '<A HREF=',
        '=',
      ),
      fc.webUrl(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const html = pieces.join('');
        let links = 0;
        const count = () => {
          links++;
          return undefined;
        };
        expect(trackHtml(html, { link: count })).toBe(html);
        const marked = trackHtml(html, { link: () => '\uE000' });
        expect(marked.split('\uE000').length).toBeGreaterThanOrEqual(links + 1);
      }),
    );
  });
});

describe('the image', () => {
  const pixel = 'https://t.example/o/x.gif';

  test.each([
    ['before the end of the body', '<html><body><p>Hi</p></BODY ></html>', /<p>Hi<\/p><img [^>]+><\/BODY ><\/html>$/],
    [
      'before the last end, where there are several',
      '<body>a</body><body>b</body>',
      /<body>a<\/body><body>b<img [^>]+><\/body>$/,
    ],
    ['at the end, where there is none', '<p>Hi</p>', /<p>Hi<\/p><img [^>]+>$/],
    ['at the end, when the body’s end is a comment', '<p>Hi</p><!-- </body> -->', /<!-- <\/body> --><img [^>]+>$/],
  ])('stands %s', (_where, html, expected) => {
    expect(trackHtml(html, { pixel })).toMatch(expected);
    expect(trackHtml(html, { pixel }).split(pixel)).toHaveLength(2);
  });
});

function hrefsOf(html: string): string[] {
  const hrefs: string[] = [];
  new Parser({
    onopentag(name, { href }) {
      if (name === 'a' && href !== undefined) hrefs.push(href);
    },
  }).end(html);
  return hrefs;
}
