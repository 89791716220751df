import { describe, expect, test } from 'vitest';
import { linksOf } from './links.ts';

describe('the links of a text', () => {
  test('end before the punctuation of the sentence', () => {
    expect(linksOf('See https://a.example/x. Or (https://b.example/y), or <https://c.example/z>!', '')).toEqual([
      'https://a.example/x',
      'https://b.example/y',
      'https://c.example/z',
    ]);
  });

  test('keep a bracket that they open themselves, and the odd last characters of a token', () => {
    const links = ['https://a.example/wiki/Mail_(post)', 'https://a.example/t/ab-c_', 'http://a.example/?t=YQ=='];
    expect(linksOf(`${links[0]} ${links[1]}\n(${links[2]})`, '')).toEqual(links);
  });

  test('leave out what is no address of the web', () => {
    expect(linksOf('ftp://a.example mailto:ada@a.example http:// https://: www.a.example', '')).toEqual([]);
  });
});

describe('the links of HTML', () => {
  test('are the targets of anchors, with entities decoded', () => {
    const html = `<p><A HREF=" https://a.example/?a=1&amp;b=2 ">one</A> <a href='http://b.example/'>two</a>
      <a href="mailto:ada@a.example">mail</a> <a name="here">here</a> <a href="#here">up</a>
      <img src="https://img.example/x.png"><link href="https://css.example/x.css"></p>`;
    expect(linksOf('', html)).toEqual(['https://a.example/?a=1&b=2', 'http://b.example/']);
  });

  test('are found in comments and scripts by nobody', () => {
    const html = `<!-- <a href="https://a.example/"> --><script>'<a href="https://b.example/">'</script>`;
    expect(linksOf('', html)).toEqual([]);
  });
});

test('each link is given once, those of the text first', () => {
  const html = '<a href="https://b.example/">b</a><a href="https://a.example/">a</a><a href="https://b.example/">b</a>';
  expect(linksOf('https://a.example/ https://a.example/', html)).toEqual(['https://a.example/', 'https://b.example/']);
});

test('a very long run of brackets is cut off', () => {
  expect(linksOf(`https://a.example/${')'.repeat(1_000_000)}`, '')).toEqual(['https://a.example/']);
});
