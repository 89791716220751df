import { type Html, html } from './html.ts';

export type Language = 'shell' | 'typescript' | 'python' | 'go' | 'json' | 'http' | 'text';

const DOUBLE = '"(?:[^"\\\\\\n]|\\\\.)*"';
const SINGLE = "'(?:[^'\\\\\\n]|\\\\.)*'";
const BACKTICK = '`[^`]*`';
const NUMBER = '\\b\\d+(?:\\.\\d+)?\\b';

const words = (list: string) => `\\b(?:${list.replaceAll(' ', '|')})\\b`;

/** What gets a colour, by language: comments, strings, words of the language, numbers. Strings may span lines in shell. */
const GRAMMAR: Record<Language, { comment?: string; string?: string; word?: string; number?: string }> = {
  shell: {
    comment: '(?<=^|\\s)#.*',
    string: `"(?:[^"\\\\]|\\\\.)*"|'[^']*'`,
    word: `\\bcurl\\b|(?<=\\s)--?[a-zA-Z][\\w-]*`,
  },
  typescript: {
    comment: '//.*',
    string: `${SINGLE}|${DOUBLE}|${BACKTICK}`,
    word: words('import from const await for of new async function return export if throw true false null'),
    number: NUMBER,
  },
  python: {
    comment: '#.*',
    string: `\\bf?${DOUBLE}|${DOUBLE}|${SINGLE}`,
    word: words('import from with for in as if def return print True False None open'),
    number: NUMBER,
  },
  go: {
    comment: '//.*',
    string: `${DOUBLE}|${BACKTICK}`,
    word: words('package import func defer if for return range nil var panic'),
    number: NUMBER,
  },
  json: { string: DOUBLE, word: words('true false null'), number: `-?${NUMBER}` },
  http: { word: '^[A-Za-z-]+(?=:)' },
  text: {},
};

/** Code as markup, with a `span` of class comment, string, word or number around each coloured piece. */
export function highlight(code: string, language: Language): Html {
  const kinds = Object.entries(GRAMMAR[language]);
  if (kinds.length === 0) return html`${code}`;
  const pattern = new RegExp(kinds.map(([kind, source]) => `(?<${kind}>${source})`).join('|'), 'gm');
  const pieces: Html[] = [];
  let end = 0;
  for (const match of code.matchAll(pattern)) {
    const [kind] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? [];
    const isName = language === 'json' && kind === 'string' && /^\s*:/.test(code.slice(match.index + match[0].length));
    pieces.push(
      html`${code.slice(end, match.index)}<span class="${isName ? 'name' : (kind ?? '')}">${match[0]}</span>`,
    );
    end = match.index + match[0].length;
  }
  return html`${pieces}${code.slice(end)}`;
}
