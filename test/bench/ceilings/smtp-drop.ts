import { SMTPServer } from 'smtp-server';

/**
 * The ceiling of relay: smtp-server taking any login and dropping the message. Started as a process of its own; the
 * port is its argument.
 */
const server = new SMTPServer({
  authMethods: ['PLAIN'],
  allowInsecureAuth: true,
  disabledCommands: ['STARTTLS'],
  disableReverseLookup: true,
  onAuth: (_auth, _session, callback) => callback(null, { user: 'anyone' }),
  onData(stream, _session, callback) {
    stream.resume();
    stream.on('end', () => callback());
  },
});
server.on('error', (error) => process.stderr.write(`${error.message}\n`));
server.listen(Number(process.argv[2]), '127.0.0.1', () => process.stdout.write('listening\n'));
