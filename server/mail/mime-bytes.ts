import * as base64 from 'nodemailer/lib/base64';
import type MimeNode from 'nodemailer/lib/mime-node';
import * as qp from 'nodemailer/lib/qp';

const LINE_LENGTH = 76;

/**
 * The bytes of a tree whose contents are in memory: what `tree.build()` gives with CRLF line ends, without the many streams
 * that cost it most of its time. Throws a TypeError when a content is a stream, a file or a URL.
 */
export function mimeBytes(tree: MimeNode): Buffer {
  const pieces: Buffer[] = [];
  write(tree, pieces);
  if (pieces.findLast((piece) => piece.length)?.at(-1) !== LF) pieces.push(CRLF);
  return Buffer.concat(pieces);
}

const LF = 10;
const CRLF = Buffer.from('\r\n');

function write(node: MimeNode, pieces: Buffer[]): void {
  // First the encoding, for it goes into the headers; and the headers before the rest, for they choose the boundary.
  const encoding = node.getTransferEncoding();
  pieces.push(withCrlf(`${node.buildHeaders()}\r\n\r\n`));
  const { content, childNodes, multipart, boundary } = node;
  if (content) pieces.push(encoded(content, encoding));
  if (!multipart) return;
  childNodes.forEach((child, i) => {
    pieces.push(Buffer.from(`${i ? '\r\n' : ''}--${boundary}\r\n`));
    write(child, pieces);
  });
  pieces.push(Buffer.from(`\r\n--${boundary}--\r\n`));
}

function encoded(content: NonNullable<MimeNode['content']>, encoding: string | false): Buffer {
  if (typeof content !== 'string' && !Buffer.isBuffer(content)) throw new TypeError('a content is not in memory');
  if (encoding === 'base64') return Buffer.from(base64.wrap(base64.encode(content), LINE_LENGTH), 'latin1');
  if (encoding === 'quoted-printable') return withCrlf(qp.wrap(qp.encode(content), LINE_LENGTH));
  return withCrlf(content);
}

function withCrlf(content: string | Buffer): Buffer {
  if (typeof content === 'string') return Buffer.from(content.replaceAll(/(?<!\r)\n/g, '\r\n'));
  // Bytes of any character set: a line feed is one in each of those that may stand as they are.
  return Buffer.from(content.toString('latin1').replaceAll(/(?<!\r)\n/g, '\r\n'), 'latin1');
}
