/** How the command line ends. Scripts rely on these: a change of one is a breaking change. */
export const exitCodes = {
  ok: 0,
  /** Koltrix refused, or what was asked about is not so: a bounce, a bad signature, no mail in time. */
  failed: 1,
  /** The command cannot be meant like this: a flag, an argument, a file, or no key at all. */
  usage: 2,
  /** No whole answer came from Koltrix: the same command may succeed later. */
  unreachable: 3,
  /** Ctrl-C, as every shell has it: 128 and the number of the signal. */
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
