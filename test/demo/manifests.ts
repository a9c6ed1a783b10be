import { etcdVersion } from '../e2e/cluster-handle.ts'

/** What the demo applies, as a person would write it. */

export const namespace = 'demo'
export const name = 'demo'
export const manifest = `apiVersion: etcd-operator.dev/v1alpha1
kind: EtcdCluster
metadata:
  name: ${name}
spec:
  size: 3
  version: ${etcdVersion}
  storage:
    size: 1Gi
    deletionPolicy: Delete
`
export const backup = 'before-the-accident'
export const restore = 'after-the-accident'
export const scheduleManifest = `apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: backups
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
---
apiVersion: etcd-operator.dev/v1alpha1
kind: EtcdBackupSchedule
metadata:
  name: every-minute
spec:
  cluster: ${name}
  schedule: "* * * * *"
  storage: {volume: {claimName: backups}}
  retention: {keepLast: 3}
`
export const backupManifest = `apiVersion: etcd-operator.dev/v1alpha1
kind: EtcdBackup
metadata:
  name: ${backup}
spec:
  cluster: ${name}
  storage: {volume: {claimName: backups}}
`
export const restoreManifest = `apiVersion: etcd-operator.dev/v1alpha1
kind: EtcdRestore
metadata:
  name: ${restore}
spec:
  source: {backup: ${backup}}
  cluster: ${name}
`
