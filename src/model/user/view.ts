import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { EtcdUser } from '../../api/etcd-user.ts'
import type { Known } from '../known.ts'
import type { Owned } from '../owned.ts'
import type { EtcdPermission } from './permission.ts'

/** Everything that one pass knows about one EtcdUser. Public facts alone: no key and no password ever stands here. */
export interface UserView {
  readonly now: number
  readonly user: EtcdUser
  /** A newer generation of this very EtcdUser that this operator has seen: the API server was set back since. */
  readonly setBackFrom: number | undefined
  readonly cluster: EtcdCluster | undefined
  /** Names of the EtcdClusters that exist instead. */
  readonly otherClusters: readonly string[]
  /** Another EtcdUser, an older one, that names the same user of the same cluster. */
  readonly rival: string | undefined
  /** Whether the namespace is being deleted; asked only of an EtcdUser that is being deleted. */
  readonly namespaceTerminating: boolean
  readonly etcd: Known<EtcdSide>
  readonly secret: Owned<SecretFacts>
  readonly authority: Known<Authority>
  readonly password: PasswordSource
}

/** What etcd has of the user. */
export interface EtcdSide {
  readonly authEnabled: boolean
  /** The roles that the user has; undefined: there is no such user. */
  readonly roles: readonly string[] | undefined
  /** The permissions of the role of the user's name; undefined: there is no such role. */
  readonly permissions: readonly EtcdPermission[] | undefined
  /** What etcd said to the wished password; `untried` where etcd tries none, or where it is known to be set. */
  readonly login: 'accepted' | 'refused' | 'untried'
}

/** What the operator could issue a client certificate from. */
export interface Authority {
  /** Fingerprint of the CA certificate that issues. */
  readonly issuer: string
  /** Hash of the CA certificates that clients are to trust, as they are published. */
  readonly trust: string
  /** Milliseconds that a new certificate lives. */
  readonly lifetimeMs: number
}

/** Of the Secret `<name>-etcd`. */
export interface SecretFacts {
  readonly type: string
  /** Which keys it has. */
  readonly keys: readonly string[]
  /** Where to connect to and as whom: the keys that are no secret. */
  readonly connection: Readonly<Record<string, string>>
  /** Hash of its ca.crt. */
  readonly trust: string | undefined
  /** Undefined: there is none, or it can't be read, or its key doesn't belong to it. */
  readonly certificate: UserCertificate | undefined
  /**
   * Which password it holds: changes with the password, and tells nothing of it. Undefined: it holds none, or another than the operator has
   * written.
   */
  readonly passwordVersion: string | undefined
}

export interface UserCertificate {
  readonly commonName: string
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
  /** Whether the CA that issues now has issued it. */
  readonly isCurrent: boolean
  /** Fingerprint of that CA; undefined: another one has issued it. */
  readonly issuer: string | undefined
}

/** Where the password comes from. */
export type PasswordSource =
  /** Nobody is to log in by password: etcd has a random one that nobody knows. */
  | { readonly from: 'nowhere' }
  /** The operator makes one, which the Secret of the EtcdUser then holds. */
  | { readonly from: 'operator' }
  /** `version` is another one whenever that Secret was written. */
  | { readonly from: 'secret'; readonly name: string; readonly key: string; readonly version: string }
  | { readonly from: 'secret'; readonly name: string; readonly key: string; readonly missing: 'secret' | 'key' | 'empty' }
  /** etcd can't take it: it is no UTF-8, or it is too long; the number of its bytes. */
  | { readonly from: 'secret'; readonly name: string; readonly key: string; readonly unfit: 'no-text' | number }
