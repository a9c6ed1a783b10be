import type { AuthWrite } from '../../adapters/etcd/auth-calls.ts'
import { Failure } from '../../adapters/failure.ts'
import { SECRET } from '../../adapters/kube/kinds.ts'
import { randomText } from '../../adapters/random.ts'
import { annotation } from '../../api/labels.ts'
import { userSecretName } from '../../model/names.ts'
import { nobodyKnows } from '../../model/user/password.ts'
import { decoded } from '../../observe/user/decoded.ts'
import { spokesman } from '../../observe/user/spokesman.ts'
import type { UserStep } from '../../plan/user/step.ts'
import type { UserContext } from './context.ts'
import { noteInStatus } from './note-in-status.ts'

type Change = Extract<UserStep, { do: 'ChangeUser' }>

/**
 * Sends the writes one after the other, by one member that has just answered with the cluster's own ID. Interrupted anywhere, the next
 * pass finds what is left by comparing again.
 */
export async function changeUser(context: UserContext, { writes, passwordVersion }: Change): Promise<void> {
  const { etcd, view, pods, signal } = context
  if (view.cluster === undefined) throw new Failure('conflict', 'the EtcdCluster is gone')
  const needsPassword = writes.some((write) => write.do === 'AddUser' || write.do === 'ChangePassword')
  const password = needsPassword ? await passwordOf(context, passwordVersion) : ''
  const endpoint = await spokesman(etcd, view.cluster, pods, signal)
  for (const write of writes) {
    const full: AuthWrite = write.do === 'AddUser' || write.do === 'ChangePassword' ? { ...write, password } : write
    await etcd.authWrite(endpoint, full, { signal })
    context.wrote()
  }
  // Noted only once etcd has it: a crash before this makes the next pass try it, or set it once more.
  if (passwordVersion !== undefined && needsPassword) await noteInStatus(context, { passwordVersion })
}

/** The password that the Secret of the EtcdUser holds, or one that nobody ever knows. */
async function passwordOf({ live, view, signal }: UserContext, version: string | undefined): Promise<string> {
  // Safety: never without a password: that is for ever in etcd, and no later password would let the user in.
  if (version === undefined || version === nobodyKnows) return randomText(32)
  const { namespace } = view.user.metadata
  const secret = await live.get(SECRET, { namespace, name: userSecretName(view.user) }, signal)
  const password = secret === undefined ? '' : decoded(secret, 'password')
  // Safety: it is the very Secret whose password was compared with what the spec asks for.
  const isSame = view.secret.state === 'ours' && secret?.metadata.resourceVersion === view.secret.resourceVersion
  if (password === '' || !isSame || secret?.metadata.annotations?.[annotation.passwordVersion] !== version)
    throw new Failure('conflict', `Secret ${userSecretName(view.user)} was changed`)
  return password
}
