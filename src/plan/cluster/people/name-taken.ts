import type { ClusterView } from '../../../model/cluster/view.ts'
import { memberName, volumeName } from '../../../model/names.ts'
import type { Owned } from '../../../model/owned.ts'
import { issuedCertificateName } from '../../../model/tls/source-secrets.ts'
import { caFacts, caSecretName, cas, secretFacts, secretName, sourceOf, uses } from '../../../model/tls/uses.ts'
import { block, type Decision, wait } from '../step.ts'

/** An object of somebody else under one of our names is never adopted: it may hold somebody's data. */
export function nameTaken(view: ClusterView): Decision | undefined {
  const named = [
    { kind: 'StatefulSet', name: view.cluster.metadata.name, object: view.statefulSet },
    { kind: 'ConfigMap', name: `${view.cluster.metadata.name}-members`, object: view.config },
    ...view.others,
    ...secrets(view),
  ]
  const others = named.flatMap(({ kind, name, object }) =>
    object.state === 'foreign' && object.of !== undefined ? `${kind} ${name} belongs to EtcdCluster ${object.of}` : [],
  )
  // An EtcdCluster `demo-peers` needs the Service of EtcdCluster `demo`: a person who deletes that Service cuts off the members of `demo`.
  if (others.length > 0) return block('NameTaken', `${others.join(', ')}; choose another name for this EtcdCluster`)
  const foreign = named.filter(({ object }) => object.state === 'foreign').map(({ kind, name }) => `${kind} ${name}`)
  const pods = view.pods.filter((pod) => !pod.ours).map((pod) => `Pod ${pod.name}`)
  const volumes = view.volumes.filter((volume) => !volume.labelled).map((volume) => `PersistentVolumeClaim ${volume.name}`)
  const taken = [...foreign, ...pods, ...volumes]
  if (taken.length > 0) {
    const without = foreign.some((one) => one.startsWith('NetworkPolicy ')) ? ', or set spec.networkPolicy.enabled to false' : ''
    return block(
      'NameTaken',
      `not made by this operator for this cluster: ${taken.join(', ')}; rename or delete them, or choose another name for the EtcdCluster (it needs ${volumeName(memberName(view.cluster, 0))} and the like)${without}`,
    )
  }
  const earlier = named.filter(({ object }) => object.state === 'earlier').map(({ kind, name }) => `${kind} ${name}`)
  if (earlier.length > 0)
    return wait('WaitingForDeletion', `objects of an earlier cluster of this name are still being deleted: ${earlier.join(', ')}`, 1000)
  return undefined
}

/** Those with certificates, where the cluster needs them. */
function secrets({
  cluster,
  tls,
}: ClusterView): readonly { readonly kind: string; readonly name: string; readonly object: Owned<unknown> }[] {
  const all = [
    ...cas.map((ca) => ({ name: caSecretName(cluster, ca), facts: caFacts(tls, ca) })),
    ...uses.map((use) => ({ name: secretName(cluster, use), facts: secretFacts(tls, use) })),
  ]
  const asked = uses.flatMap((use) => {
    const request = sourceOf(tls, use)?.request
    return request?.known ? [{ kind: 'Certificate', name: issuedCertificateName(cluster, use), object: request.value }] : []
  })
  return [...asked, ...all.flatMap(({ name, facts }) => (facts.known ? [{ kind: 'Secret', name, object: facts.value }] : []))]
}
