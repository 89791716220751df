/** What one relay process grants its clients. Units are the last word of each name. */
export interface RelayLimits {
  /** Open connections in all; one more is answered 421. */
  max_connections: number;
  /** Open connections of one address. Loopback is exempt: behind it are the machine's own applications and proxies. */
  max_connections_per_address: number;
  /** Commands of one connection without an accepted message between them. */
  max_commands_without_mail: number;
  /** Length of one command line. RFC 4954 section 4 asks for 12,288 so that every AUTH response fits. */
  max_command_bytes: number;
  /** Refused API keys of one connection; the last of them ends it. */
  max_auth_failures: number;
  /** RCPT TO of one message. */
  max_recipients: number;
  /** The message's size, announced as SIZE; dot-stuffing is not counted (RFC 1870 section 3). */
  max_message_bytes: number;
  /**
   * A message up to this size is read whole and can be sent again while the API restarts; a larger one streams.
   * The header block must fit in it.
   */
  max_buffered_bytes: number;
  /** A client that sends nothing for so long is disconnected. */
  idle_timeout_ms: number;
  /** For the whole of DATA. Below the five minutes after which HTTP servers give up on a request. */
  data_timeout_ms: number;
  /** From the end of DATA to the reply, and for AUTH: how long the API may take, retries included. */
  answer_timeout_ms: number;
  /** How long a verified API key is trusted at AUTH without asking the API again. */
  auth_cache_ms: number;
  /** How long conversations under way may go on once the relay is told to stop. */
  drain_timeout_ms: number;
}

export const defaultLimits: Readonly<RelayLimits> = Object.freeze({
  max_connections: 1_000,
  max_connections_per_address: 100,
  max_commands_without_mail: 500,
  max_command_bytes: 12_288,
  max_auth_failures: 3,
  max_recipients: 50,
  max_message_bytes: 26_214_400,
  max_buffered_bytes: 262_144,
  idle_timeout_ms: 300_000,
  data_timeout_ms: 280_000,
  answer_timeout_ms: 10_000,
  auth_cache_ms: 5_000,
  drain_timeout_ms: 8_000,
});
