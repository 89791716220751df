import type { Contract, Operation } from '../contract.ts';
import type { Language } from '../highlight.ts';
import { curl } from './curl.ts';
import { go } from './go.ts';
import { python } from './python.ts';
import { type SampleRequest, sampleRequest } from './request.ts';
import { typescript } from './typescript.ts';

export interface Sample {
  id: string;
  label: string;
  language: Language;
  code: string;
}

/** The languages of the samples, in the order of the switch. */
export const languages: readonly (Omit<Sample, 'code'> & { write: (request: SampleRequest) => string })[] = [
  { id: 'curl', label: 'cURL', language: 'shell', write: curl },
  { id: 'typescript', label: 'TypeScript', language: 'typescript', write: typescript },
  { id: 'python', label: 'Python', language: 'python', write: python },
  { id: 'go', label: 'Go', language: 'go', write: go },
];

/** One operation in every language; `base_url` has the base path, without a slash at the end. */
export function samplesOf(contract: Contract, operation: Operation, base_url: string): Sample[] {
  const request = sampleRequest(contract, operation, base_url);
  return languages.map(({ id, label, language, write }) => ({ id, label, language, code: write(request) }));
}
