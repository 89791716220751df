import { isIP } from 'node:net';
import type { Config } from '../config.ts';
import type { InstallationHosts } from '../store/domain-directory.ts';

/** Where the records of sending domains are to lead. A laptop has no name that DNS could lead to. */
export function installationHosts({ bounce_domain, public_url }: Config): InstallationHosts {
  const host = public_url === undefined ? undefined : new URL(public_url).hostname;
  return { bounce_domain, public_host: host?.includes('.') && !isIP(host) ? host : undefined };
}

/** Where the world finds this installation; undefined while the system has yet to choose the port. */
export function publicUrl({
  public_url,
  host,
  port,
}: Pick<Config, 'public_url' | 'host' | 'port'>): string | undefined {
  return public_url ?? (port ? `http://${hostInUrl(host)}:${port}` : undefined);
}

/** The address to bind as one to connect to: what stands for every address of the machine leads to the machine itself. */
export function hostInUrl(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
