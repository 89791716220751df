import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { VOUCHED_FOR } from './authority.ts';
import { until } from './until.ts';

const run = promisify(execFile);
/** Debian keeps it out of the path of ordinary users. */
const POSTFIX = '/usr/sbin/postfix';
const POSTCONF = '/usr/sbin/postconf';

export interface PostfixReceiverOptions {
  host: string;
  port: number;
  domain: string;
  /** Local parts with a mailbox. */
  mailboxes: string[];
  /** A local part whose mail is taken and then comes back as a report. */
  bouncing: string;
  /** Where reports go: a domain, and who takes mail for it. */
  reports: { domain: string; port: number };
}

/** A real Postfix as the recipient's server, with an instance of its own, not the machine's. */
export interface PostfixReceiver extends AsyncDisposable {
  /** The messages in a mailbox, as they were stored. */
  mailbox(name: string): Promise<Buffer[]>;
}

/** Whether there is a Postfix here, and we may start one: it wants to be root. */
export function hasPostfix(): Promise<boolean> {
  return run(POSTCONF, ['-d', 'mail_version']).then(
    () => process.getuid?.() === 0,
    () => false,
  );
}

export async function startPostfixReceiver(options: PostfixReceiverOptions): Promise<PostfixReceiver> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'koltrix-postfix-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  await chmod(directory, 0o755);
  const conf = join(directory, 'conf');
  for (const name of ['conf', 'queue', 'data', 'mail']) await mkdir(join(directory, name));
  const { stdout } = await run('id', ['-u', 'postfix']);
  const uid = stdout.trim();
  await run('chown', ['postfix', join(directory, 'data'), join(directory, 'mail')]);
  await writeFile(join(conf, 'certificate.pem'), `${VOUCHED_FOR.key}${VOUCHED_FOR.cert}`);
  await writeFile(join(conf, 'main.cf'), mainCf(options, directory, uid));
  await writeFile(join(conf, 'master.cf'), masterCf(options, directory));
  await writeFile(join(conf, 'nouser'), NO_USER, { mode: 0o755 });
  await writeFile(
    join(conf, 'boxes'),
    [...options.mailboxes, options.bouncing].map((name) => `${name}@${options.domain} ${name}/\n`).join(''),
  );
  await writeFile(
    join(conf, 'transport'),
    `${options.bouncing}@${options.domain} nouser:\n${options.reports.domain} smtp:[127.0.0.1]:${options.reports.port}\n`,
  );
  await run(POSTFIX, ['-c', conf, 'start']);
  stack.defer(async () => {
    await run(POSTFIX, ['-c', conf, 'stop']);
    await until(() =>
      run(POSTFIX, ['-c', conf, 'status']).then(
        () => false,
        () => true,
      ),
    );
  });
  const owned = stack.move();
  return {
    async mailbox(name) {
      const box = join(directory, 'mail', name, 'new');
      const files = await readdir(box).catch(() => []);
      return Promise.all(files.map((file) => readFile(join(box, file))));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Exit status 67 is EX_NOUSER of sysexits.h. */
const NO_USER = '#!/bin/sh\ncat >/dev/null\necho "5.1.1 No such user here"\nexit 67\n';

const mainCf = ({ domain, reports }: PostfixReceiverOptions, directory: string, uid: string) => `
compatibility_level = 3.6
queue_directory = ${directory}/queue
data_directory = ${directory}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.${domain}
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_host_lookup = native
smtpd_peername_lookup = no
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_chain_files = ${directory}/conf/certificate.pem
virtual_mailbox_domains = ${domain}
virtual_mailbox_base = ${directory}/mail
virtual_mailbox_maps = texthash:${directory}/conf/boxes
virtual_minimum_uid = 1
virtual_uid_maps = static:${uid}
virtual_gid_maps = static:${uid}
transport_maps = texthash:${directory}/conf/transport
relay_domains = ${reports.domain}
`;

const masterCf = ({ host, port }: PostfixReceiverOptions, directory: string) => `
${host}:${port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
nouser unix - n n - - pipe
  flags= user=nobody argv=${directory}/conf/nouser
`;
