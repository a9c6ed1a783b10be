import { leaseClient } from '../../src/adapters/kube/lease-client.ts'
import { connectKube } from '../../src/adapters/kube.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { startLeaderElection } from '../../src/runtime/leader-election.ts'

/**
 * A candidate in a process of its own, so that it can be killed and frozen: `candidate.ts KUBECONFIG LEASE IDENTITY LEASE_MS`.
 * Prints what happens.
 */
const [kubeconfig, name = '', identity = '', leaseMs = ''] = process.argv.slice(2)
const say = (event: string) => console.log(`${identity} ${event}`)
const election = startLeaderElection({
  client: leaseClient(connectKube({ kubeconfig, userAgent: identity }), { namespace: 'default', name }),
  identity,
  onElected: () => say('elected'),
  onLost(why) {
    say(`lost: ${why}`)
    process.exit(1)
  },
  leaseMs: Number(leaseMs),
  renewDeadlineMs: (Number(leaseMs) * 2) / 3,
  renewMs: 800,
  clock: systemClock,
  log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
})
process.once('SIGTERM', () => {
  say('stopping')
  election.release().then(() => process.exit(0))
})
say('started')
