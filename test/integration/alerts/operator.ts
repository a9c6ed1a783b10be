import { type AlertCases, of } from './play.ts'

const leader = (pod: string) => `etcd_operator_leader{pod="${pod}"}`
const failedSteps = of('etcd_operator_step_failures_total', { action: 'WriteConfig' })
const failedPasses = (failure: string) => `etcd_operator_pass_failures_total{controller="backup", failure="${failure}"}`
const isWatched = 'etcd_operator_watched_namespace{watched="team-a"}'

export const operatorCases: Readonly<Record<string, AlertCases>> = {
  EtcdOperatorDown: {
    fires: [
      {
        // Its page is there, and it does not lead.
        series: { [leader('a')]: '1 0x20', [leader('b')]: '0x21' },
        minute: 6,
        labels: {},
        says: 'For 5 minutes no etcd-operator has held the Lease, or Prometheus has not reached it. Members serve on, but nobody replaces a failed member, takes backups, renews certificates or reports any other alert.',
      },
      {
        series: { [leader('a')]: '_x20' },
        minute: 5,
        labels: {},
        says: 'For 5 minutes no etcd-operator has held the Lease, or Prometheus has not reached it. Members serve on, but nobody replaces a failed member, takes backups, renews certificates or reports any other alert.',
      },
    ],
    quiet: [
      { series: { [leader('a')]: '1 0x20', [leader('b')]: '0x21' }, minute: 5 },
      // One took over from the other.
      { series: { [leader('a')]: '1x3 0x17', [leader('b')]: '0x5 1x15' }, minute: 20 },
    ],
  },
  EtcdOperatorStepFailing: {
    fires: [
      {
        series: { [failedSteps]: '1x5 2 3 4x20' },
        minute: 16,
        labels: { action: 'WriteConfig' },
        says: 'The step WriteConfig of prod/demo failed 3 times within 15 minutes.',
      },
    ],
    quiet: [{ series: { [failedSteps]: '1x5 2 2 3x20' }, minute: 16 }],
  },
  EtcdOperatorPassesFailing: {
    fires: [
      {
        series: { [failedPasses('forbidden')]: '1+1x60' },
        minute: 40,
        labels: { controller: 'backup', failure: 'forbidden' },
        says: '15 passes of the controller backup failed within 15 minutes, by: forbidden. The log of the operator names the objects.',
      },
    ],
    quiet: [
      { series: { [failedPasses('conflict')]: '1+1x60' }, minute: 40 },
      { series: { [failedPasses('forbidden')]: '1x10 2 3 4 5x60' }, minute: 40 },
    ],
  },
  EtcdOperatorNamespaceRefused: {
    fires: [
      {
        series: { [isWatched]: '1 0x20' },
        minute: 16,
        labels: { watched: 'team-a' },
        says: 'For 15 minutes the operator has not been able to read its objects in the namespace team-a: EtcdClusters there are not looked after.',
      },
      {
        series: { 'etcd_operator_watched_namespace{watched=""}': '0x20' },
        minute: 15,
        labels: {},
        says: 'For 15 minutes the operator has not been able to read its objects in all namespaces: EtcdClusters there are not looked after.',
      },
    ],
    quiet: [
      { series: { [isWatched]: '1 0x20' }, minute: 15 },
      { series: { [isWatched]: '1x20' }, minute: 20 },
    ],
  },
}
