import { etcdVersion } from '../e2e/cluster-handle.ts'

/** What one would write by hand for a fixed number of members: the yardstick that the operator is measured against. */
export function staticSet(name: string, size: number): readonly object[] {
  const labels = { app: name }
  const members = Array.from({ length: size }, (_, ordinal) => `${name}-${ordinal}`)
  const peerUrl = (member: string) => `http://${member}.${name}:2380`
  const probe = (path: string) => ({ httpGet: { path, port: 2381 }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 720 })
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector: labels, ports: [{ name: 'peer', port: 2380 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name },
      spec: {
        serviceName: name,
        replicas: size,
        podManagementPolicy: 'Parallel',
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 65532,
              runAsGroup: 65532,
              fsGroup: 65532,
              seccompProfile: { type: 'RuntimeDefault' },
            },
            containers: [
              {
                name: 'etcd',
                image: `gcr.io/etcd-development/etcd:v${etcdVersion}`,
                command: [
                  'etcd',
                  '--name=$(POD_NAME)',
                  '--data-dir=/var/lib/etcd/data',
                  '--listen-client-urls=http://0.0.0.0:2379',
                  '--listen-peer-urls=http://0.0.0.0:2380',
                  '--listen-metrics-urls=http://0.0.0.0:2381',
                  `--advertise-client-urls=http://$(POD_NAME).${name}:2379`,
                  `--initial-advertise-peer-urls=${peerUrl('$(POD_NAME)')}`,
                  `--initial-cluster=${members.map((member) => `${member}=${peerUrl(member)}`).join(',')}`,
                  `--initial-cluster-token=${name}`,
                  '--initial-cluster-state=new',
                ],
                env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
                startupProbe: probe('/livez'),
                readinessProbe: probe('/readyz'),
                resources: { requests: { cpu: '100m', memory: '128Mi' } },
                securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
                volumeMounts: [{ name: 'data', mountPath: '/var/lib/etcd' }],
              },
            ],
            affinity: {
              podAntiAffinity: {
                preferredDuringSchedulingIgnoredDuringExecution: [
                  { weight: 100, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: labels } } },
                ],
              },
            },
          },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    },
  ]
}
