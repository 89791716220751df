import type { Contract } from '../spec/contract.ts';
import type { Validators } from '../spec/validators.ts';
import type { Exchange } from './client.ts';
import { excerptOf } from './excerpt.ts';
import { ANSWER_RULES, judge } from './judge.ts';
import type { Ledger } from './ledger.ts';

/** Writes down how an answer stands by each rule that all answers are held against. */
export function enterAnswer(contract: Contract, validators: Validators, ledger: Ledger, exchange: Exchange): void {
  const { operation, method, path } = exchange.call;
  const subject = operation ?? { id: templateOf(contract, path), method: '*', path: templateOf(contract, path) };
  const verdicts = judge(contract, validators, exchange);
  for (const rule of ANSWER_RULES) {
    const faults = verdicts.filter((verdict) => verdict.rule === rule);
    if (operation && faults.length === 0) ledger.passed(subject, rule, 'every answer');
    for (const { message, place } of faults)
      ledger.failed(subject, rule, operation ? 'every answer' : `the answer to ${method}`, {
        message,
        place,
        excerpt: excerptOf(exchange),
      });
  }
}

/** The contract's form of a path that it has, for requests by methods that it does not. */
function templateOf({ operations }: Contract, path: string): string {
  const matches = (template: string) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
  return operations.find((operation) => matches(operation.path))?.path ?? path;
}
