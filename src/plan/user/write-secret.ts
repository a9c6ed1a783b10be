import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { isSame } from '../../model/is-same.ts'
import { userSecretName } from '../../model/names.ts'
import { bindingType, connectionOf } from '../../model/user/connection.ts'
import { etcdUserOf } from '../../model/user/names.ts'
import { isGenerated } from '../../model/user/password.ts'
import type { SecretFacts, UserView } from '../../model/user/view.ts'
import { block, type PasswordEntry, step, type UserDecision, wait } from './step.ts'

export function secretTaken({ user, secret }: UserView): UserDecision | undefined {
  const name = userSecretName(user)
  if (secret.state === 'foreign')
    return block('NameTaken', `Secret ${name} exists and was not made for this EtcdUser: delete it, or create an EtcdUser of another name`)
  if (secret.state === 'earlier')
    return wait('WaitingForDeletion', `Secret ${name} of an earlier EtcdUser of this name is still being deleted`, 1000)
  if (secret.state === 'ours' && secret.deleting)
    return wait('WaitingForDeletion', `Secret ${name} is being deleted, and made again then`, 1000)
  if (secret.state === 'ours' && secret.value.type !== bindingType)
    return block(
      'NameTaken',
      `Secret ${name} is of type ${secret.value.type} instead of ${bindingType}, which can't be changed: delete it, and it is made again`,
    )
  return undefined
}

/** The Secret holds what the spec asks for and the cluster has; a certificate that is still good stays. */
export function writeSecret(view: UserView): UserDecision | undefined {
  const { user, cluster, authority, secret } = view
  if (cluster === undefined) return undefined
  if (user.spec.certificate && cluster.spec.tls.clientCertificates === 'None')
    return block(
      'AuthNeedsTls',
      `spec.certificate asks for a client certificate, and spec.tls.clientCertificates of EtcdCluster ${cluster.metadata.name} is None: set it to Required, or create an EtcdUser with a password and spec.certificate: false`,
    )
  if (user.spec.certificate && !authority.known) return noAuthority(cluster, authority.why)

  const value = secret.state === 'ours' ? secret.value : undefined
  const password = passwordEntry(view, value)
  const whyIssue = user.spec.certificate && authority.known ? whyNewCertificate(view, value) : undefined
  const why =
    value === undefined
      ? 'creating it'
      : (whyIssue ?? whyRewrite(view, cluster, value) ?? (password === 'keep' ? undefined : passwordWords(password, value)))
  if (why === undefined) return undefined
  return step('SecretWritten', `writing Secret ${userSecretName(user)}: ${why}`, {
    do: 'WriteSecret',
    uid: secret.state === 'ours' ? secret.uid : undefined,
    certificate: !user.spec.certificate ? 'none' : whyIssue === undefined ? 'keep' : 'issue',
    password,
    ...(password === 'copy' && 'version' in view.password ? { copies: view.password.version } : {}),
  })
}

function noAuthority({ metadata: { name }, status }: EtcdCluster, why: string): UserDecision {
  if (status?.tls?.mode === 'Off' || status?.tls?.mode === undefined)
    return block(
      'AuthNeedsTls',
      `spec.certificate asks for a client certificate, and EtcdCluster ${name} does not speak TLS: set its spec.tls.mode to Required, or create an EtcdUser with a password and spec.certificate: false`,
    )
  return wait('NoClientCa', `no client certificate can be issued: ${why}`, 5000)
}

/** Why another certificate is due; a third of its life before its end, as for all certificates of the operator. */
function whyNewCertificate({ now, user }: UserView, value: SecretFacts | undefined): string | undefined {
  const { certificate } = value ?? {}
  if (value === undefined) return 'it is new'
  if (certificate === undefined) return 'it holds no client certificate that can be used'
  if (certificate.commonName !== etcdUserOf(user)) return `its certificate is for user ${certificate.commonName}`
  if (!certificate.isCurrent) return 'its certificate is not of the client CA that issues now'
  const lifeMs = certificate.notAfter - certificate.notBefore
  return certificate.notAfter - now < lifeMs / 3 ? 'less than a third of the life of its certificate is left' : undefined
}

function whyRewrite({ user, authority }: UserView, cluster: EtcdCluster, value: SecretFacts): string | undefined {
  if (!isSame(value.connection, connectionOf(user, cluster))) return 'where to connect to has changed'
  if (authority.known && value.trust !== authority.value.trust) return 'the CA certificates to trust have changed'
  if (!authority.known && value.trust !== undefined) return 'the cluster does not speak TLS any more'
  if (!user.spec.certificate && value.keys.some((key) => key.startsWith('tls.'))) return 'spec.certificate is false'
  return undefined
}

function passwordEntry({ password }: UserView, value: SecretFacts | undefined): PasswordEntry {
  const has = value?.passwordVersion
  switch (password.from) {
    case 'nowhere':
      return value === undefined || value.keys.includes('password') ? 'none' : 'keep'
    case 'operator':
      return has !== undefined && isGenerated(has) ? 'keep' : 'generate'
    case 'secret':
      return has !== undefined && 'version' in password && has === password.version ? 'keep' : 'copy'
  }
}

function passwordWords(password: PasswordEntry, value: SecretFacts): string {
  if (password === 'none') return 'spec.password asks for none'
  if (value.passwordVersion !== undefined) return 'the password has changed'
  return value.keys.includes('password') ? 'its password is not the one that was written' : 'it lacks the password'
}
