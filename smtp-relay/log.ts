/** What the relay needs of a logger; pino fits. It is given no API key and nothing of a message. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
