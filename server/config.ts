import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { domainToASCII } from 'node:url';
import { type DirectConfig, list, network, readDirectConfig } from './direct-config.ts';
import { StartupError } from './startup-error.ts';

export type Role = (typeof ROLES)[number];

const ROLES = ['api', 'worker', 'relay', 'inbound'] as const;

export interface SmarthostConfig {
  host: string;
  port: number;
  secure: boolean;
  auth: { user: string; pass: string } | undefined;
}

/** Everything that can be set from outside; read once. */
export interface Config {
  roles: readonly Role[];
  host: string;
  port: number;
  smtp_port: number;
  inbound_port: number;
  /** Undefined: the API of this process. */
  api_url: string | undefined;
  public_url: string | undefined;
  /** Where return paths lead: a domain whose MX is this installation. */
  bounce_domain: string | undefined;
  data_dir: string;
  database_url: string | undefined;
  redis_url: string | undefined;
  delivery: { mode: 'capture' } | { mode: 'direct' } | { mode: 'smarthost'; server: SmarthostConfig };
  direct: DirectConfig;
  initial_key: string | undefined;
  secret: string | undefined;
  /** What they sealed and signed is still read. */
  previous_secrets: readonly string[];
  dns_servers: readonly string[];
  tls: { cert: string; key: string } | undefined;
  rate_limit: { requests: number; window_s: number };
  lease_s: number;
  smtp_connections: number;
  helo_name: string;
  webhook_networks: readonly string[];
  log_level: string;
  /** Our own answers are held against the contract too: in development and tests. */
  validate_responses: boolean;
}

type Env = Record<string, string | undefined>;

/** The only reader of the environment. Throws a StartupError that names every fault at once. */
export function readConfig(env: Env = process.env): Config {
  const faults: string[] = [];
  const read = <T>(name: string, fallback: T, parse: (text: string) => T): T => {
    const text = env[name]?.trim();
    if (!text) return fallback;
    try {
      return parse(text);
    } catch (error) {
      faults.push(`${name}: ${(error as Error).message}`);
      return fallback;
    }
  };
  const optional = <T>(name: string, parse: (text: string) => T) => read<T | undefined>(name, undefined, parse);
  const bounce_domain = optional('KOLTRIX_BOUNCE_DOMAIN', domain);
  const config: Config = {
    roles: read('KOLTRIX_ROLES', ['api', 'worker', 'relay', ...(bounce_domain ? (['inbound'] as const) : [])], roles),
    host: read('KOLTRIX_HOST', '127.0.0.1', String),
    port: read('KOLTRIX_PORT', 8025, port),
    smtp_port: read('KOLTRIX_SMTP_PORT', 2525, port),
    inbound_port: read('KOLTRIX_INBOUND_PORT', 2526, port),
    api_url: optional('KOLTRIX_API_URL', httpUrl),
    public_url: optional('KOLTRIX_PUBLIC_URL', httpUrl),
    bounce_domain,
    data_dir: resolve(read('KOLTRIX_DATA_DIR', '.koltrix', String)),
    database_url: optional('DATABASE_URL', urlOf('postgres:', 'postgresql:')),
    redis_url: optional('REDIS_URL', urlOf('redis:', 'rediss:')),
    delivery: read('KOLTRIX_DELIVERY', { mode: 'capture' }, delivery),
    direct: readDirectConfig(read),
    initial_key: optional('KOLTRIX_INITIAL_KEY', initialKey),
    secret: optional('KOLTRIX_SECRET', secret),
    previous_secrets: read('KOLTRIX_PREVIOUS_SECRETS', [], (text) => list(text).map(secret)),
    dns_servers: read('KOLTRIX_DNS_SERVERS', [], (text) => list(text).map(dnsServer)),
    tls: certificate(env, faults),
    rate_limit: read('KOLTRIX_RATE_LIMIT', { requests: 20_000, window_s: 1 }, rateLimit),
    lease_s: read('KOLTRIX_LEASE_SECONDS', 60, numberBetween(3, 3_600)),
    smtp_connections: read('KOLTRIX_SMTP_CONNECTIONS', 20, numberBetween(1, 1_000)),
    helo_name: read('KOLTRIX_HELO_NAME', hostname(), heloName),
    webhook_networks: read('KOLTRIX_WEBHOOK_NETWORKS', [], (text) => list(text).map(network)),
    log_level: read('KOLTRIX_LOG_LEVEL', 'info', oneOf('silent', 'error', 'warn', 'info', 'debug')),
    validate_responses: env.NODE_ENV === 'development' || env.NODE_ENV === 'test',
  };
  faults.push(...contradictionsIn(config));
  if (faults.length) throw new StartupError(faults.join('\n'));
  return Object.freeze(config);
}

/** What each role needs of the others, or of the configuration in their place. */
function* contradictionsIn({ roles, api_url, database_url, bounce_domain }: Config): Generator<string> {
  const runs = (role: Role) => roles.includes(role);
  if (runs('relay') && !runs('api') && !api_url)
    yield 'KOLTRIX_API_URL: the role relay without the role api needs to know where the API is, as http://api.internal:8025';
  for (const role of ['worker', 'inbound'] as const)
    if (runs(role) && !runs('api') && !database_url)
      yield `DATABASE_URL: the role ${role} without the role api needs the database that the API uses`;
  if (runs('inbound') && !bounce_domain)
    yield 'KOLTRIX_BOUNCE_DOMAIN: the role inbound needs the domain that reports come back to, as bounces.acme.example';
}

function roles(text: string): Role[] {
  const names = list(text);
  if (!names.length) throw new Error('names no role');
  return names.map((role) => oneOf(...ROLES)(role) as Role);
}

function oneOf(...allowed: string[]): (text: string) => string {
  return (text) => {
    if (allowed.includes(text)) return text;
    throw new Error(`"${text}" is none of ${allowed.join(', ')}`);
  };
}

function numberBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new Error(`"${text}" is not a whole number from ${least} to ${most}`);
  };
}

const port = numberBetween(0, 65_535);

function urlOf(...protocols: string[]): (text: string) => string {
  return (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url && protocols.includes(url.protocol)) return text;
    // Never the text itself: it may hold a password.
    throw new Error(`is not a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`);
  };
}

function httpUrl(text: string): string {
  return urlOf('http:', 'https:')(text).replace(/\/+$/, '');
}

function delivery(text: string): Config['delivery'] {
  if (text === 'capture') return { mode: 'capture' };
  if (text === 'direct') return { mode: 'direct' };
  urlOf('smtp:', 'smtps:')(text);
  const url = new URL(text);
  if (!url.hostname) throw new Error('names no host');
  const secure = url.protocol === 'smtps:';
  return {
    mode: 'smarthost',
    server: {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port ? Number(url.port) : secure ? 465 : 25,
      secure,
      auth: url.username
        ? { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
        : undefined,
    },
  };
}

function initialKey(text: string): string {
  if (/^kx_[!-~]{16,197}$/.test(text)) return text;
  throw new Error('an API key is `kx_` and 16 to 197 visible ASCII characters');
}

function secret(text: string): string {
  if (text.length >= 16) return text;
  throw new Error('is too short: at least 16 characters, better 32 random bytes');
}

function dnsServer(text: string): string {
  if (isIP(text.replace(/^\[(.*)\](:\d+)?$|^([\d.]+)(:\d+)?$/, '$1$3')) || isIP(text)) return text;
  throw new Error(`"${text}" is no IP address (with a port, if need be)`);
}

function rateLimit(text: string): Config['rate_limit'] {
  const [requests, window_s] = text.split('/');
  const count = numberBetween(1, 1_000_000_000);
  if (!requests || !window_s) throw new Error(`"${text}" is not of the form requests/seconds, as 600/60`);
  return { requests: count(requests), window_s: numberBetween(1, 86_400)(window_s) };
}

function heloName(text: string): string {
  if (/^[A-Za-z0-9.[\]:_-]{1,255}$/.test(text)) return text;
  throw new Error(`"${text}" is no host name`);
}

function domain(text: string): string {
  const name = domainToASCII(text).toLowerCase();
  if (/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(name)) return name;
  throw new Error(`"${text}" is no domain name, as bounces.mail.example`);
}

/** PEM texts, or the files that hold them. */
function certificate(env: Env, faults: string[]): Config['tls'] {
  const [cert, key] = ['KOLTRIX_TLS_CERT', 'KOLTRIX_TLS_KEY'].map((name) => {
    const value = env[name]?.trim();
    if (!value || value.startsWith('-----BEGIN')) return value;
    try {
      return readFileSync(value, 'utf8');
    } catch (error) {
      faults.push(`${name}: ${(error as Error).message}`);
      return undefined;
    }
  });
  if (Boolean(env.KOLTRIX_TLS_CERT) !== Boolean(env.KOLTRIX_TLS_KEY))
    faults.push('KOLTRIX_TLS_CERT, KOLTRIX_TLS_KEY: set both or neither');
  return cert && key ? { cert, key } : undefined;
}
