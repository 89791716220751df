import type { Contract, Operation } from '../spec/contract.ts';
import type { Validators } from '../spec/validators.ts';
import type { Sampling } from '../values/sampling.ts';
import type { Client, Exchange } from './client.ts';
import { excerptOf } from './excerpt.ts';
import { memberOf } from './json.ts';
import { judge, MEANING } from './judge.ts';
import type { Ledger, Rule, Subject } from './ledger.ts';
import type { Things } from './things.ts';

/** What every check works with. */
export interface Run {
  contract: Contract;
  validators: Validators;
  client: Client;
  ledger: Ledger;
  things: Things;
  /** Key of another tenant. */
  stranger_key: string | undefined;
  /** Keys by scope, made for this run; or why there are none. */
  keys: Map<string, string> | { missing: string };
  base_url: string;
  /** How values are made for one request: under a label that no other has. */
  sampling(): Sampling;
}

/** What a check found wrong; the exchange is the one to show. */
export interface Finding {
  message: string;
  exchange?: Exchange | undefined;
  place?: string;
}

/** Writes down how a check ended: with what is wrong, or with nothing. */
export function conclude(
  { ledger }: Pick<Run, 'ledger'>,
  subject: Subject & { place?: string },
  rule: Rule,
  name: string,
  ...findings: (Finding | undefined)[]
): void {
  const found = findings.filter((finding) => finding !== undefined);
  if (found.length === 0) ledger.passed(subject, rule, name);
  for (const { message, exchange, place = subject.place ?? '#/paths' } of found)
    ledger.failed(subject, rule, name, { message, place, excerpt: exchange && excerptOf(exchange) });
}

/**
 * Whether an answer says what it ought to; a finding when not. Nothing is found in an answer that is broken in itself:
 * that has been told already, and one fault shall be told once.
 */
export function expecting(run: Run, exchange: Exchange, holds: boolean, message: string): Finding | undefined {
  if (holds || isBroken(run, exchange)) return undefined;
  const { status, json } = exchange;
  const { code, detail, errors } = (json ?? {}) as { code?: string; detail?: string; errors?: { pointer: string }[] };
  const said = code
    ? ` (${code}: ${detail}${errors ? `, at ${errors.map(({ pointer }) => JSON.stringify(pointer)).join(', ')}` : ''})`
    : '';
  return { message: `${message}; it was answered ${status}${said}`, exchange };
}

export function isBroken({ contract, validators }: Run, exchange: Exchange): boolean {
  return judge(contract, validators, exchange).some(
    ({ rule }) => MEANING.includes(rule) || (rule === 'schema' && exchange.status >= 400),
  );
}

export const isGood = ({ status }: Exchange) => status >= 200 && status < 300;
export const codeOf = ({ json }: Exchange) => memberOf(json, 'code');

/** Prefers the operation itself; for what is wrong with a path that it shares with others. */
export const ofPath = ({ path }: Operation): Subject => ({ id: path, method: '*', path });
