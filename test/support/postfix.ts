import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectSmtp } from './smtp-client.ts';
import { until } from './until.ts';

const run = promisify(execFile);

export interface PostfixOptions {
  port: number;
  /** What becomes of mail, by address or domain, as in transport(5): `error:5.1.1 User unknown`, `smtp:[127.0.0.1]:2526`. */
  transports: Record<string, string>;
}

/** A real Postfix with directories of its own, that takes mail from this machine; it has to be started by root. */
export interface Postfix extends AsyncDisposable {
  /** For `KOLTRIX_DELIVERY`. */
  url: string;
  /** What it has logged. */
  log(): Promise<string>;
}

export async function startPostfix({ port, transports }: PostfixOptions): Promise<Postfix> {
  await using stack = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), 'koltrix-postfix-'));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const [etc, spool, lib, log] = ['etc', 'spool', 'lib', 'log'].map((name) => join(home, name)) as [
    string,
    string,
    string,
    string,
  ];
  await chmod(home, 0o755);
  for (const directory of [etc, spool, lib]) await mkdir(directory, { mode: 0o755 });
  await run('chown', ['postfix', lib]);
  const table = Object.entries(transports).map(([where, how]) => `{ ${where} = ${how} }`);
  await writeFile(
    join(etc, 'main.cf'),
    [
      'compatibility_level = 3.6',
      `queue_directory = ${spool}`,
      `data_directory = ${lib}`,
      'mail_owner = postfix',
      'setgid_group = postdrop',
      'myhostname = mx.example.com',
      'mydestination =',
      'mynetworks = 127.0.0.0/8',
      'inet_interfaces = 127.0.0.1',
      'inet_protocols = ipv4',
      'disable_dns_lookups = yes',
      'alias_maps =',
      'smtpd_recipient_restrictions = permit_mynetworks, reject',
      'smtp_tls_security_level = none',
      `maillog_file = ${log}`,
      `maillog_file_prefixes = ${home}`,
      `transport_maps = inline:{ ${table.join(', ')} }`,
      '',
    ].join('\n'),
  );
  await writeFile(join(etc, 'master.cf'), services(port));
  stack.defer(async () => {
    await run('postfix', ['-c', etc, 'stop']).catch(() => {});
  });
  await run('postfix', ['-c', etc, 'start']);
  const isUp = () =>
    connectSmtp(port).then(
      (client) => {
        client[Symbol.dispose]();
        return true;
      },
      () => undefined,
    );
  await until(isUp);
  const running = stack.move();
  return {
    url: `smtp://127.0.0.1:${port}`,
    log: () => readFile(log, 'utf8').catch(() => ''),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The daemons that mail passes, none of them in a chroot. */
function services(port: number): string {
  const unix = [
    'cleanup',
    'bounce',
    'defer bounce',
    'trace bounce',
    'rewrite trivial-rewrite',
    'smtp',
    'error',
    'discard',
  ];
  const lines = unix.map((service) => {
    const [name, program = name] = service.split(' ');
    const only_here = name === 'cleanup' ? 'n - n - 0' : '- - n - 0';
    return `${name} unix ${only_here} ${program}`;
  });
  return [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'qmgr unix n - n 300 1 qmgr',
    'retry unix - - n - - error',
    'proxymap unix - - n - - proxymap',
    'anvil unix - - n - 1 anvil',
    'postlog unix-dgram n - n - 1 postlogd',
    ...lines,
    '',
  ].join('\n');
}
