import { type AlertCases, of } from './play.ts'

const stalled = (reason: string) => of('etcd_operator_cluster_stalled', reason === '' ? {} : { reason })
const since = (action: string, reason: string) => of('etcd_operator_cluster_step_since_timestamp_seconds', { action, reason })
const waiting = since('Wait', 'LearnerCatchingUp')

/** The clock of these cases begins at 0. */
export const workCases: Readonly<Record<string, AlertCases>> = {
  EtcdClusterStalled: {
    fires: [
      {
        series: { [stalled('NameTaken')]: '1x9' },
        minute: 5,
        labels: { reason: 'NameTaken' },
        says: "The operator can't go on with prod/demo by itself, reason NameTaken. The condition Stalled of the EtcdCluster says what to do.",
      },
    ],
    quiet: [
      { series: { [stalled('NameTaken')]: '1x9' }, minute: 4 },
      { series: { [stalled('')]: '0x9' }, minute: 9 },
      // Somebody asked for it.
      { series: { [stalled('Paused')]: '1x9', [stalled('DryRun')]: '1x9' }, minute: 9 },
    ],
  },
  EtcdClusterPausedForLong: {
    fires: [
      {
        series: { [stalled('Paused')]: '1x300' },
        minute: 240,
        labels: { reason: 'Paused' },
        says: 'For 4 hours the operator has changed nothing of prod/demo, and would replace no failed member, because somebody asked it to: Paused.',
      },
    ],
    quiet: [
      { series: { [stalled('Paused')]: '1x300' }, minute: 239 },
      { series: { [stalled('NameTaken')]: '1x300' }, minute: 300 },
    ],
  },
  EtcdClusterStepStuck: {
    fires: [
      {
        series: { [waiting]: '0x99', [stalled('')]: '0x99' },
        minute: 66,
        labels: { reason: 'LearnerCatchingUp' },
        says: 'The operator has been at the same step of prod/demo, LearnerCatchingUp, for 1h 6m 0s.',
      },
    ],
    quiet: [
      { series: { [waiting]: '0x99', [stalled('')]: '0x99' }, minute: 65 },
      { series: { [waiting]: '3600x99', [stalled('')]: '0x99' }, minute: 99 },
      // It waits for a window, as it was told to.
      { series: { [since('Restart', 'WaitingForWindow')]: '0x99', [stalled('')]: '0x99' }, minute: 99 },
      // Another alert tells of this.
      { series: { [waiting]: '0x99', [stalled('LearnerCatchingUp')]: '1x99' }, minute: 99 },
    ],
  },
  EtcdUserNotReady: {
    fires: [
      {
        series: { [of('etcd_operator_user_ready', { user: 'app' })]: '1 0x19' },
        minute: 16,
        labels: { user: 'app' },
        says: 'etcd has not had the user app of prod/demo as its EtcdUser asks for, or its Secret is missing, for 15 minutes.',
      },
    ],
    quiet: [
      { series: { [of('etcd_operator_user_ready', { user: 'app' })]: '1 0x19' }, minute: 15 },
      { series: { [of('etcd_operator_user_ready', { user: 'app' })]: '1x20' }, minute: 20 },
    ],
  },
}
