// Generated from crds/etcdclusters.yaml by `npm run generate`: change the CRD, not this file.

/** What the API server fills in for the parts of an EtcdCluster's spec that an earlier CRD does not know. */
export const addedDefaults = {
  tls: {
    issuer: {},
    secrets: {},
    clientCertificates: 'Required',
    extraNames: [],
    duration: {
      leaf: '2160h',
      ca: '43800h',
    },
  },
  auth: {
    enabled: false,
  },
  networkPolicy: {
    enabled: true,
    clients: [],
    metrics: [],
  },
} as const
