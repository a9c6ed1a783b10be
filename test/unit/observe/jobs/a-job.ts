import type { Job, Pod } from '../../../../src/adapters/kube/kinds.ts'

/** A Job b1-backup of the EtcdBackup with this uid, and pods of it. */
export function aJob(owner: string, status: NonNullable<Job['status']> = {}): Job {
  const reference = { apiVersion: 'etcd-operator.dev/v1alpha1', kind: 'EtcdBackup', name: 'b1', uid: owner, controller: true }
  const metadata = { name: 'b1-backup', namespace: 'ns', uid: 'uid-job', resourceVersion: '3', creationTimestamp: '2026-11-21T10:00:00Z' }
  return { metadata: { ...metadata, ownerReferences: [reference] }, status }
}

export function aJobPod(
  name: string,
  status: NonNullable<Pod['status']>,
  more: { readonly second?: number; readonly node?: string; readonly owner?: string } = {},
): Pod {
  const { second = 0, node, owner = 'uid-job' } = more
  const reference = { apiVersion: 'batch/v1', kind: 'Job', name: 'b1-backup', uid: owner, controller: true }
  const creationTimestamp = `2026-11-21T10:00:${String(second).padStart(2, '0')}Z`
  return {
    metadata: { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: '1', creationTimestamp, ownerReferences: [reference] },
    spec: { containers: [], ...(node === undefined ? {} : { nodeName: node }) },
    status,
  }
}

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]

export function container(state: NonNullable<ContainerStatus['state']>, name = 'agent'): ContainerStatus {
  return { name, image: '', imageID: '', ready: false, restartCount: 0, state }
}
