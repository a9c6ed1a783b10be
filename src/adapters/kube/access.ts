/** Address of the API server, and the credentials for it. */
export interface Access {
  /** Base URL, possibly with a path. */
  readonly server: string
  readonly tls: TlsOptions
  readonly headers: Readonly<Record<string, string>>
}

export interface TlsOptions {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly passphrase?: string
  readonly servername?: string
  readonly rejectUnauthorized?: boolean
}

/** Reads the credentials anew each time it is called: tokens, certificates and CAs are rotated under a running operator. */
export type ReadAccess = () => Promise<Access>
