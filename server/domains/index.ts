/** The door of the domains module. */
export {
  createDomain,
  deleteDomain,
  getDomain,
  listDomains,
  prepareDomain,
  rotateDkim,
  updateDomain,
} from './domains.ts';
export { newKeyPair } from './keys.ts';
export { dnsLookUp, type LookUp } from './look-up.ts';
export { verifyDomain } from './verify.ts';
