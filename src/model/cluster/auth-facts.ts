import type { Known } from '../known.ts'

/** Who may do what in etcd, as far as the cluster as a whole is concerned; each EtcdUser has its own view. */
export interface AuthFacts {
  readonly etcd: Known<AuthSeen>
  /** The EtcdUsers that name this cluster. */
  readonly users: readonly UserFacts[]
}

/** What etcd answers; public facts alone. */
export interface AuthSeen {
  readonly enabled: boolean
  /** etcd's own user root, without which authentication can't be switched on; `without-role` lacks the role root. */
  readonly root: 'absent' | 'without-role' | 'ready'
  /** Names of all users and roles, whoever made them. */
  readonly users: readonly string[]
  readonly roles: readonly string[]
  /**
   * What members did with a read of a client whose certificate names nobody: the proof that authentication is in force. Unknown while it
   * is off.
   */
  readonly nobody: Known<'read' | 'refused'>
}

export interface UserFacts {
  /** Of the EtcdUser. */
  readonly name: string
  /** In etcd, and of its role. */
  readonly user: string
  /** Whether the user is this EtcdUser's: the operator made it, or is about to. */
  readonly isClaimed: boolean
  /** Whether etcd has it as its spec asks for. */
  readonly isReady: boolean
  /** Why not; empty where it is. */
  readonly why: string
}

/** A cluster that does not speak TLS and lets the operator in without a name: authentication is off, and there is nobody. */
export const nobodyAsks: AuthSeen = {
  enabled: false,
  root: 'absent',
  users: [],
  roles: [],
  nobody: { known: false, why: 'authentication is off' },
}
