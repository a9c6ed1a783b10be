import { refusedByPeers } from '../../model/cluster/data-signs.ts'
import { withSample } from '../../model/cluster/history.ts'
import { type EndedStep, type LongStep, longStepKey } from '../../model/cluster/long-steps.ts'
import { answerOf, learners, raftLag, voters } from '../../model/cluster/members.ts'
import type { GrowthRefusal, Memory, SecretRefusal } from '../../model/cluster/memory.ts'
import { provedTroubles } from '../../model/cluster/pod-trouble.ts'
import { exitsInARow } from '../../model/cluster/repeated-exits.ts'
import type { RestoredCount } from '../../model/cluster/restore-facts.ts'
import { inSyncEntries } from '../../model/cluster/scaling.ts'
import { standingStill } from '../../model/cluster/standing-still.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { areAllEqual, othersAgree } from '../../model/cluster/wrong-data.ts'
import type { Known } from '../../model/known.ts'
import { maxReplicas } from '../../model/names.ts'
import type { RememberedAuth } from './auth.ts'
import { ReadCertificates } from './certificates.ts'
import { TlsProbes } from './probe-tls.ts'

/** What the operator remembers of one cluster between passes. Losing it only makes the operator slower, never wrong. */
export class ClusterMemory {
  inSyncLooks: ReadonlyMap<string, number> = new Map()
  majorityAt: number | undefined
  failedJoins: ReadonlyMap<string, { readonly count: number; readonly at: number }> = new Map()
  unstartedSince: ReadonlyMap<string, number> = new Map()
  volumeDeletionDeniedAt: number | undefined
  growthRefusals: Memory['growthRefusals'] = new Map()
  secretRefusals: Memory['secretRefusals'] = new Map()
  readonly certificates = new ReadCertificates()
  readonly tlsProbes = new TlsProbes()
  provedTroubles: Memory['provedTroubles'] = new Map()
  exits: Memory['exits'] = new Map()
  standingStill: Memory['standingStill'] = new Map()
  refusedWrites: Memory['refusedWrites'] = []
  /** From when a member with wrong data was found until all members that the spec asks for were found to have the same data. */
  isComparisonDue = false
  peerRefusals: Memory['peerRefusals'] = new Map()
  unreadySince: Memory['unreadySince'] = new Map()
  disarms: Memory['disarms'] = []
  outSince: Memory['outSince'] = new Map()
  /** The answer of a restored cluster's first member to the count of its keys. */
  restoredCount: Known<RestoredCount> | undefined
  longStep: LongStep | undefined
  ended: ReadonlyMap<string, EndedStep> = new Map()
  revisions: Memory['revisions'] = []
  /** What etcd said of its users last. */
  auth: RememberedAuth | undefined
  #lookedAt = Number.NEGATIVE_INFINITY

  /** The present contents, for a view. */
  snapshot(): Memory {
    return {
      inSyncLooks: this.inSyncLooks,
      majorityAt: this.majorityAt,
      unstartedSince: this.unstartedSince,
      volumeDeletionDeniedAt: this.volumeDeletionDeniedAt,
      growthRefusals: this.growthRefusals,
      failedJoins: this.failedJoins,
      refusedWrites: this.refusedWrites,
      secretRefusals: this.secretRefusals,
      provedTroubles: this.provedTroubles,
      exits: this.exits,
      standingStill: this.standingStill,
      peerRefusals: this.peerRefusals,
      unreadySince: this.unreadySince,
      disarms: this.disarms,
      outSince: this.outSince,
      longStep: this.longStep,
      ended: this.ended,
      revisions: this.revisions,
    }
  }

  /** Counts another observation of each learner. Observations that follow each other too closely are not counted. */
  look(view: ClusterView): void {
    if (view.membership.known) {
      this.majorityAt = view.monotonicMs
      const unstarted = view.membership.value.members.filter((member) => !member.published)
      this.unstartedSince = new Map(unstarted.map(({ id }) => [id, this.unstartedSince.get(id) ?? view.monotonicMs]))
    }
    this.provedTroubles = provedTroubles(view)
    const out = view.pods.filter(({ serving }) => !serving)
    this.outSince = new Map(out.map(({ uid }) => [uid, this.outSince.get(uid) ?? view.monotonicMs]))
    const unready = [...view.nodes].filter(([, facts]) => facts.known && facts.value.state !== 'ready')
    this.unreadySince = new Map(unready.map(([name]) => [name, this.unreadySince.get(name) ?? view.monotonicMs]))
    this.#rememberVote(view)
    this.exits = exitsInARow(view)
    this.standingStill = standingStill(view)
    this.revisions = withSample(this.revisions, view)
    if (view.monotonicMs - this.#lookedAt < 80) return
    this.#lookedAt = view.monotonicMs
    this.inSyncLooks = new Map(
      learners(view).flatMap((learner) => {
        const lag = raftLag(view, learner)
        return lag !== undefined && lag <= inSyncEntries ? [[learner.id, (this.inSyncLooks.get(learner.id) ?? 0) + 1] as const] : []
      }),
    )
  }

  #rememberVote(view: ClusterView): void {
    const { hashVote } = view
    if (hashVote.known) this.isComparisonDue = hashVote.value.verdict === 'wrong' || (this.isComparisonDue && !areAllEqual(view))
    const silent = voters(view).flatMap(({ name }) => (name === undefined || answerOf(view, name) !== undefined ? [] : [name]))
    // A member stays remembered while its next pod is being created, which tells nothing yet.
    const before = [...this.peerRefusals].filter(([name]) => !view.membership.known || silent.includes(name))
    const seen = refusedByPeers(view).flatMap(({ uid, name }) => (othersAgree(view, name) ? [[name, uid] as const] : []))
    this.peerRefusals = new Map([...seen, ...before])
  }

  endLongStep(step: EndedStep): void {
    this.longStep = undefined
    this.ended = new Map([...this.ended, [longStepKey(step), step]])
  }

  /** A member of this name did not start in time; `at` on the monotonic clock, milliseconds. */
  joinFailed(name: string, at: number): void {
    const count = (this.failedJoins.get(name)?.count ?? 0) + 1
    this.failedJoins = new Map([...this.failedJoins, [name, { count, at }]])
  }

  /** The API server refused to let the claim with this UID ask for more. */
  growthRefused(uid: string, refusal: GrowthRefusal): void {
    this.growthRefusals = new Map([...this.growthRefusals, [uid, refusal] as const].slice(-maxReplicas))
  }

  /** The API server refused to write this Secret. */
  secretRefused(name: string, refusal: SecretRefusal): void {
    this.secretRefusals = new Map([...this.secretRefusals, [name, refusal]])
  }

  /** A Secret was written: what was read before counts no more. */
  secretWritten(name: string): void {
    this.certificates.forget()
    this.secretRefusals = new Map([...this.secretRefusals].filter(([one]) => one !== name))
  }

  /** A new spec may have removed the cause of the failures: the next try may follow at once. */
  forgetFailures(): void {
    this.failedJoins = new Map()
    this.volumeDeletionDeniedAt = undefined
    this.growthRefusals = new Map()
    this.secretRefusals = new Map()
  }

  /** The CORRUPT alarm was disarmed; `at` on the monotonic clock, milliseconds. */
  disarmed(at: number): void {
    this.disarms = [...this.disarms, at].slice(-10)
  }
}
