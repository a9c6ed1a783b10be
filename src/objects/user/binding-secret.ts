import { apiVersion, type EtcdCluster } from '../../api/etcd-cluster.ts'
import type { EtcdUser } from '../../api/etcd-user.ts'
import { annotation, label, recommended } from '../../api/labels.ts'
import { userSecretName } from '../../model/names.ts'
import { bindingType, connectionOf } from '../../model/user/connection.ts'
import { ownedLabels } from '../manifest.ts'

/** The entries of the Secret that are secret, or prove something; undefined: the Secret has none. */
export interface BindingEntries {
  /** The CA certificates that a client is to trust, in PEM. */
  readonly trust: string | undefined
  readonly pair: { readonly cert: string; readonly key: string } | undefined
  readonly password: { readonly text: string; readonly version: string } | undefined
}

/** The Secret that an application connects with, as the Service Binding specification wants it. It is deleted with its EtcdUser. */
export function bindingSecret(user: EtcdUser, cluster: EtcdCluster, { trust, pair, password }: BindingEntries) {
  const { namespace, name, uid } = user.metadata
  return {
    metadata: {
      name: userSecretName(user),
      namespace,
      labels: {
        ...ownedLabels(cluster),
        [label.clusterUid]: cluster.metadata.uid,
        [recommended.component]: 'user',
      },
      annotations: password === undefined ? {} : { [annotation.passwordVersion]: password.version },
      ownerReferences: [{ apiVersion, kind: 'EtcdUser', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    type: bindingType,
    data: encoded({
      ...connectionOf(user, cluster),
      ...(trust === undefined ? {} : { 'ca.crt': trust }),
      ...(pair === undefined ? {} : { 'tls.crt': pair.cert, 'tls.key': pair.key }),
      ...(password === undefined ? {} : { password: password.text }),
    }),
  }
}

function encoded(entries: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(entries).map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')]))
}
