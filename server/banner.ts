import type { Running } from './boot.ts';
import type { Config } from './config.ts';
import { hostInUrl } from './roles/hosts.ts';

/** What a person wants to know after the start; the curl line works when pasted. */
export function banner(config: Config, { http_port, smtp_port, inbound_port, new_key, database_dir }: Running): string {
  const url = http_port ? `http://${hostInUrl(config.host)}:${http_port}` : undefined;
  const lines = [`Koltrix is running (${config.roles.join(', ')}).`, ''];
  if (url) {
    lines.push(`  REST        ${url}/api/v2`, `  docs        ${url}/docs`);
    if (config.delivery.mode === 'capture') lines.push(`  test inbox  ${url}/api/v2/test/messages`);
  }
  if (smtp_port)
    lines.push(`  SMTP        ${hostInUrl(config.host)}:${smtp_port}   any user name; the API key is the password`);
  if (inbound_port)
    lines.push(
      `  inbound     ${hostInUrl(config.host)}:${inbound_port}   SMTP, for reports to ${config.bounce_domain}`,
    );
  lines.push(`  delivery    ${deliveryIn(config)}`);
  if (database_dir) lines.push(`  database    embedded Postgres in ${database_dir}`);
  if (url)
    lines.push(
      '',
      ...keyLines(config, new_key),
      '',
      ...curlLines(url, new_key && !config.initial_key ? new_key : '$KOLTRIX_KEY'),
    );
  return `${lines.join('\n')}\n\n`;
}

function keyLines({ initial_key }: Config, new_key: string | undefined): string[] {
  if (!new_key) return ['The API key was shown on the first start. Set it once: export KOLTRIX_KEY=kx_…'];
  if (initial_key) return ['The API key is the one in KOLTRIX_INITIAL_KEY: export KOLTRIX_KEY="$KOLTRIX_INITIAL_KEY"'];
  return ['Your API key, shown this once:', '', `  export KOLTRIX_KEY=${new_key}`];
}

function curlLines(url: string, key: string): string[] {
  return [
    'Send a mail:',
    '',
    `  curl ${url}/api/v2/emails -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" \\`,
    `    -d '{"from":"hello@acme.example","to":["ada@example.com"],"subject":"Hello","body_text":"It works."}'`,
  ];
}

function deliveryIn({ delivery }: Config): string {
  if (delivery.mode === 'capture') return 'capture: nothing leaves this machine';
  if (delivery.mode === 'direct') return 'direct: to the recipients’ own servers';
  return `by ${delivery.server.host}:${delivery.server.port}`;
}
