import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { annotation, label } from '../../api/labels.ts'
import { port, serviceEndpoint } from '../../model/names.ts'
import { rfc3339 } from '../../model/rfc3339.ts'
import { revoke, revoked } from '../../model/tls/revoking.ts'
import { type Ca, caSecretName, secretName, type Use } from '../../model/tls/uses.ts'
import { ownedMetadata } from '../manifest.ts'

/** A Secret as it is created, with `stringData`: the API server encodes it. */
export interface SecretManifest {
  readonly apiVersion: 'v1'
  readonly kind: 'Secret'
  readonly type: string
  readonly metadata: ReturnType<typeof ownedMetadata>
  readonly stringData: Readonly<Record<string, string>>
}

/** Texts of a CA with its successor, all PEM. */
export interface CaTexts {
  readonly 'current.crt': string
  readonly 'current.key': string
  readonly 'next.crt': string
  readonly 'next.key': string
}

/** The Secret of a first CA. Mounted nowhere: whoever reads the key of the clients' CA is root of the cluster. */
export function caSecret(cluster: EtcdCluster, ca: Ca, texts: CaTexts, now: number): SecretManifest {
  // An exchange that was asked for before there was a CA is none of this one.
  const asked = cluster.metadata.annotations?.[annotation.rotateCa] ?? ''
  const marks = { [annotation.caSince]: rfc3339(now), [annotation.caRotation]: asked === revoke ? revoked : asked }
  return manifest(cluster, caSecretName(cluster, ca), 'Opaque', { ...texts, generation: '1' }, marks)
}

/** A Secret with a leaf, as members mount it or clients use it. */
export function certificateSecret(
  cluster: EtcdCluster,
  use: Use,
  texts: Readonly<Record<string, string>>,
  marks: Readonly<Record<string, string>>,
): SecretManifest {
  return manifest(cluster, secretName(cluster, use), 'kubernetes.io/tls', texts, marks)
}

/** What an application needs beside the certificates to connect, under the keys of the Service Binding specification. */
export function clientConnection(cluster: EtcdCluster): Readonly<Record<string, string>> {
  const uri = serviceEndpoint(cluster, 'https')
  return { endpoints: uri, uri, host: new URL(uri).hostname, port: String(port.client) }
}

function manifest(
  cluster: EtcdCluster,
  name: string,
  type: string,
  stringData: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): SecretManifest {
  const metadata = ownedMetadata(cluster, name, annotations)
  const labels = { ...metadata.labels, [label.clusterUid]: cluster.metadata.uid }
  return { apiVersion: 'v1', kind: 'Secret', type, metadata: { ...metadata, labels }, stringData }
}
