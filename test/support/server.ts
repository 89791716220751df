import { Koltrix } from 'koltrix';
import { freePort } from './free-port.ts';
import { isReady, KEY, type Launched, type LaunchOptions, launch } from './launch.ts';

/** A server that keeps its ports and its data directory from one life to the next. */
export interface Server extends AsyncDisposable {
  /** The process that it is now. */
  readonly now: Launched;
  /** Empty without the role `api`. */
  url: string;
  smtp_port: number;
  /** With a database to share: of full scope, the same for all processes on it. */
  key: string;
  /** A client with that key. */
  koltrix: Koltrix;
  /** Starts it again; resolves when it answers. */
  restart(): Promise<void>;
}

/** A server that answers; rejects with what the process said when it ends instead. */
export async function givenServer(options: LaunchOptions = {}): Promise<Server> {
  // Not such as the system chooses: between two lives it might give them to somebody else.
  const ports = { KOLTRIX_PORT: String(await freePort()), KOLTRIX_SMTP_PORT: String(await freePort()) };
  const env = { ...ports, ...options.env };
  let now = await launch({ ...options, env });
  const lives = [now];
  const end = async () => {
    for (const life of lives.reverse()) await life[Symbol.asyncDispose]();
  };
  await isReady(now).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  const url = /REST +(http:\/\/\S+)\/api\/v2/.exec(now.stdout())?.[1] ?? '';
  const key = options.env?.KOLTRIX_INITIAL_KEY ?? KEY;
  return {
    get now() {
      return now;
    },
    url,
    smtp_port: Number(/SMTP +\S+:(\d+)/.exec(now.stdout())?.[1] ?? 0),
    key,
    koltrix: new Koltrix({ apiKey: key, baseUrl: url || 'http://127.0.0.1' }),
    async restart() {
      now = await launch({ ...options, data_dir: now.data_dir, env });
      lives.push(now);
      await isReady(now);
    },
    [Symbol.asyncDispose]: end,
  };
}
