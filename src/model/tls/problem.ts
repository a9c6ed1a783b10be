/** Why a Secret can't be used, or a certificate must not be issued yet. */
export interface TlsProblem {
  readonly reason: TlsReason
  /** Names the Secret, what is wrong with it, and the way out. Never holds a key. */
  readonly message: string
}

export type TlsReason =
  | 'BadSecret'
  | 'PeerCANotShared'
  | 'KeyMismatch'
  | 'NameMissing'
  | 'NotYetValid'
  | 'Expired'
  | 'CaNotLoaded'
  | 'CaLost'
