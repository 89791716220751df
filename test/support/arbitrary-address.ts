import fc from 'fast-check';
import { isAddress } from '../../server/mail/address.ts';

const atom = fc.string({
  unit: fc.constantFrom(..."abcXYZ019!#$%&'*+/=?^_`{|}~-éßжİΣ漢😀"),
  minLength: 1,
  maxLength: 12,
});
const dotAtom = fc.array(atom, { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join('.'));
const quoted = fc
  .string({ unit: fc.constantFrom(...'ab0.,;:()[]é"\\'), maxLength: 12 })
  .map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`);

export const arbitraryDomain = fc.oneof(
  fc.domain(),
  fc.constantFrom(
    'example.com',
    'bücher.example',
    'BÜCHER.Example',
    'xn--bcher-kva.example',
    '例え.テスト',
    'a_b.test',
  ),
);

/** Addresses that are accepted: plain, quoted, in many scripts. */
export const arbitraryAddress = fc
  .tuple(fc.oneof(dotAtom, quoted), arbitraryDomain)
  .map(([local, host]) => `${local}@${host}`)
  .filter(isAddress);
