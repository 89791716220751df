import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { fileURLToPath } from 'node:url';
import ipaddr from 'ipaddr.js';
import { parseReceivers, type Receivers } from './delivery/receivers.ts';
import type { ScopedSource } from './delivery/sources.ts';

/** How mail goes straight to the recipients' servers. */
export interface DirectConfig {
  sources: readonly ScopedSource[];
  receivers: Receivers;
  /** Messages a day for a new address, by its days of use; empty: no warm-up. */
  warm_up: readonly number[];
  dane: boolean;
  /** Networks (CIDR) that mail may go to besides the public internet. */
  networks: readonly string[];
  /** Certificate authorities besides Node's, as PEM. */
  extra_ca: readonly string[];
  /** 25, but for tests. */
  port: number;
  /** 443, but for tests. */
  mta_sts_port: number;
}

type Read = <T>(name: string, fallback: T, parse: (text: string) => T) => T;

const RECEIVERS = fileURLToPath(new URL('delivery/receivers.json', import.meta.url));

/** Reads the variables that only direct delivery uses; `read` is that of `readConfig`. */
export function readDirectConfig(read: Read): DirectConfig {
  return {
    sources: read('KOLTRIX_SOURCE_ADDRESSES', [], (text) => list(text).map(source)),
    receivers: read('KOLTRIX_RECEIVERS_FILE', receivers(RECEIVERS), receivers),
    warm_up: read('KOLTRIX_WARM_UP', [], (text) => list(text).map(dailyCap)),
    dane: read('KOLTRIX_DANE', false, onOrOff),
    networks: read('KOLTRIX_MX_NETWORKS', [], (text) => list(text).map(network)),
    extra_ca: read('KOLTRIX_EXTRA_CA_FILE', [], (file) => [certificates(file)]),
    port: read('KOLTRIX_MX_PORT', 25, port),
    mta_sts_port: read('KOLTRIX_MTA_STS_PORT', 443, port),
  };
}

export function list(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}

export function network(text: string): string {
  if (ipaddr.isValidCIDR(text)) return text;
  throw new Error(`"${text}" is no network, as 10.1.0.0/16`);
}

/** `203.0.113.7`, `203.0.113.7=out1.acme.example`, `203.0.113.7=out1.acme.example@bulk`. */
function source(text: string): ScopedSource {
  const [, address = '', helo_name, scope] = /^([^=@]+)(?:=([^=@]+))?(?:@([^=@]+))?$/.exec(text) ?? [];
  if (!isIP(address)) throw new Error(`"${text}" does not begin with an IP address, as 203.0.113.7=out1.acme.example`);
  if (helo_name !== undefined && !/^[A-Za-z0-9.-]{1,255}$/.test(helo_name)) {
    throw new Error(`"${helo_name}" is no host name`);
  }
  if (scope !== undefined && !/^(bulk|transactional|ten_[0-7][0-9a-z]{25})$/.test(scope)) {
    throw new Error(`"${scope}" is neither \`bulk\`, \`transactional\` nor the id of a tenant (ten_…)`);
  }
  return { address, helo_name, scope };
}

function receivers(file: string): Receivers {
  try {
    return parseReceivers(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}

function certificates(file: string): string {
  const text = readFileSync(file, 'utf8');
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new Error(`${file} holds no certificate as PEM`);
  return text;
}

function dailyCap(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`"${text}" is no number of messages a day, as in 50,100,500,1000`);
}

function onOrOff(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw new Error(`"${text}" is neither on nor off`);
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value < 65_536) return value;
  throw new Error(`"${text}" is no port`);
}
