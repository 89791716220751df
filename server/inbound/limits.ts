/** What the listener grants to strangers. Units are the last word of each name. */
export interface InboundLimits {
  /** Open connections in all; one more is answered 421. */
  max_connections: number;
  /** Open connections of one address; IPv6 addresses count by their /64. */
  max_connections_per_address: number;
  /** Messages of one address in a minute; one more is answered 450, so it comes later. */
  max_messages_per_minute: number;
  /** Recipients of one address that were refused in a minute; after that it is answered 421. */
  max_refusals_per_minute: number;
  /** Commands of one connection without a message between them. */
  max_commands_without_mail: number;
  /** Announced as SIZE. Reports return whole messages, so it is larger than what can be sent. */
  max_message_bytes: number;
  /** What is read and kept of a message: what a report says stands at its start. */
  max_kept_bytes: number;
  /** What all messages under way may take at once, as far as they are kept; one that finds no room is answered 452. */
  max_held_bytes: number;
  /** Of that, what those of one address may; IPv6 addresses count by their /64. */
  max_held_bytes_per_address: number;
  /** Messages read at once: a hostile one may take fifty times its size for the moment. */
  max_readings: number;
  /** A client that sends nothing for so long is disconnected (RFC 5321, 4.5.3.2.7). */
  idle_timeout_ms: number;
  /** For the whole of one DATA, however the bytes drip. */
  data_timeout_ms: number;
  /** For the whole of one connection. */
  session_timeout_ms: number;
  /** How long conversations under way may go on once the listener is told to stop. */
  drain_timeout_ms: number;
}

export const defaultLimits: Readonly<InboundLimits> = Object.freeze({
  max_connections: 500,
  max_connections_per_address: 50,
  max_messages_per_minute: 1_200,
  max_refusals_per_minute: 100,
  max_commands_without_mail: 100,
  max_message_bytes: 50 * 1024 * 1024,
  max_kept_bytes: 1024 * 1024,
  max_held_bytes: 128 * 1024 * 1024,
  max_held_bytes_per_address: 16 * 1024 * 1024,
  max_readings: 4,
  idle_timeout_ms: 300_000,
  data_timeout_ms: 280_000,
  session_timeout_ms: 900_000,
  drain_timeout_ms: 5_000,
});
