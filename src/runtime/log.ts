type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** What the runtime needs of a logger: static messages, data as fields. pino's loggers fit. */
export interface Log {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}
