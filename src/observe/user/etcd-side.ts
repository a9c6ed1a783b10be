import type { Etcd } from '../../adapters/etcd/calls.ts'
import { isFailure } from '../../adapters/failure.ts'
import type { Pod } from '../../adapters/kube/kinds.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { EtcdUser } from '../../api/etcd-user.ts'
import { type Known, known, unknown } from '../../model/known.ts'
import { messageOf } from '../../model/message-of.ts'
import type { Owned } from '../../model/owned.ts'
import { etcdUserOf } from '../../model/user/names.ts'
import { isKnownToBeSet, nobodyKnows, wishedVersion } from '../../model/user/password.ts'
import type { EtcdSide, PasswordSource, SecretFacts } from '../../model/user/view.ts'
import { spokesman } from './spokesman.ts'

/** The password, and all that tells whether a login with it is needed. */
export interface LoginWish {
  readonly user: EtcdUser
  readonly password: PasswordSource
  readonly secret: Owned<SecretFacts>
  readonly login: string | undefined
}

/** What etcd has of the user; that it doesn't answer is a fact like any other. Nothing of this changes anything in etcd. */
export async function askEtcd(
  etcd: Etcd,
  cluster: EtcdCluster,
  pods: readonly Pod[],
  wish: LoginWish,
  signal: AbortSignal,
): Promise<Known<EtcdSide>> {
  const name = etcdUserOf(wish.user)
  const options = { signal }
  try {
    const endpoint = await spokesman(etcd, cluster, pods, signal)
    const [{ enabled }, roles, permissions] = await Promise.all([
      etcd.authStatus(endpoint, options),
      etcd.rolesOf(endpoint, name, options),
      etcd.permissionsOf(endpoint, name, options),
    ])
    const password = enabled && roles !== undefined ? untriedPassword(wish) : undefined
    const said = password === undefined ? 'off' : await etcd.authenticate(endpoint, name, password, options)
    return known({ authEnabled: enabled, roles, permissions, login: said === 'off' ? 'untried' : said })
  } catch (error) {
    signal.throwIfAborted()
    if (isFailure(error, 'forbidden')) return unknown(messageOf(error), 'forbidden')
    return unknown(messageOf(error))
  }
}

/** A login costs a member 100 ms of its time (bcrypt): it is made only with a password that etcd is not known to have. */
function untriedPassword({ user, password, secret, login }: LoginWish): string | undefined {
  const version = wishedVersion(password, secret.state === 'ours' ? secret.value : undefined)
  if (version === undefined || version === nobodyKnows || isKnownToBeSet(user, version)) return undefined
  return login
}
