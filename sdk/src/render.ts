import { KoltrixError } from './errors/koltrix-error.ts';
import type { SendEmail, SendEmailBatch } from './generated/types.gen.ts';

/** HTML, or HTML and plain text under the contract's names. */
export type Rendered = string | { body_html?: string; body_text?: string };

/**
 * Makes an email's content from what the application has: a React element, a template's name with its values, … A method,
 * so that a function which takes its own kind of body is one.
 */
export interface Renderer {
  render(body: unknown): Rendered | Promise<Rendered>;
}

/** An email whose content the client's `render` makes. */
export interface RenderableEmail extends Omit<SendEmail, 'body_html' | 'body_text'> {
  /** What `render` is given. */
  body: unknown;
}

/** A batch in which some or all emails are to be rendered. */
export interface RenderableBatch extends Omit<SendEmailBatch, 'emails'> {
  emails: readonly (SendEmail | RenderableEmail)[];
}

/** The email as the contract has it. */
export async function rendered(
  email: SendEmail | RenderableEmail,
  render: Renderer['render'] | undefined,
): Promise<SendEmail> {
  const { body, ...rest } = email as RenderableEmail;
  if (body === undefined) return rest;
  if (!render) throw new KoltrixError('An email with `body` wants the option `render` of the client');
  const content = await render(body);
  return { ...rest, ...(typeof content === 'string' ? { body_html: content } : content) };
}
