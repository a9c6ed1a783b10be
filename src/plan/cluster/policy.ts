import type { ClusterView } from '../../model/cluster/view.ts'
import { withApproval } from './approval.ts'
import { reportCertificates } from './await-certificates.ts'
import { awaitHealth, awaitLearners, awaitLeft, awaitServing, awaitStart, awaitVolumes } from './await-members.ts'
import { awaitClusterVersion, cancelDowngrade, changeVersion } from './change/change-version.ts'
import { defragmentBySchedule } from './change/defragment-by-schedule.ts'
import { awaitCalm, defragmentOnDemand } from './change/defragment-on-demand.ts'
import { awaitOldCas, exchangeCas } from './change/exchange-cas.ts'
import { invalidSpec } from './change/invalid-spec.ts'
import { keepAsking } from './change/keep-asking.ts'
import { moveLeaderOnDemand } from './change/move-leader-on-demand.ts'
import { notExchangeable } from './change/not-exchangeable.ts'
import { reportVolumes } from './change/report-volumes.ts'
import { roll } from './change/roll.ts'
import { scaleDown } from './change/scale-down.ts'
import { scaleUp } from './change/scale-up.ts'
import { awaitAuth, turnAuthOff, turnAuthOn } from './change/turn-auth.ts'
import { volumeBeingDeleted } from './change/volume-being-deleted.ts'
import { awaitComparison } from './corruption/await-comparison.ts'
import { dataCorrupt } from './corruption/data-corrupt.ts'
import { awaitNamed, disarmAlarms } from './corruption/disarm-alarms.ts'
import { removeWrong } from './corruption/remove-wrong.ts'
import { retryRefused } from './corruption/retry-refused.ts'
import { awaitLongStep } from './finish/await-long-step.ts'
import { dropConfigs, dropLostLearner, dropLostPods, dropPods, dropVolumes } from './finish/clean-up.ts'
import { dropMisfit } from './finish/drop-misfit.ts'
import { finishLeaving } from './finish/finish-leaving.ts'
import { guardStarted } from './finish/guard-started.ts'
import { addWaiting, correctJoiningConfig, giveUpJoining, retryJoin } from './finish/joining.ts'
import { keepPods } from './finish/keep-pods.ts'
import { settlePeerUrl } from './finish/settle-peer-url.ts'
import { unknownMember } from './finish/unknown-member.ts'
import { deleting } from './people/deleting.ts'
import { dryRun } from './people/dry-run.ts'
import { nameTaken } from './people/name-taken.ts'
import { paused } from './people/paused.ts'
import { timeTravel } from './people/time-travel.ts'
import { exchangeMember } from './repair/exchange-member.ts'
import { reportForeignData } from './repair/foreign-data.ts'
import { freeSpace, reportNoSpace } from './repair/free-space.ts'
import { promoteLearner } from './repair/promote-learner.ts'
import { rejoin } from './repair/rejoin.ts'
import { renewClaimTemplate } from './repair/renew-claim-template.ts'
import { replaceFailed } from './repair/replace-failed.ts'
import { replaceNeverStarted } from './repair/replace-never-started.ts'
import { type Decision, isHeldByWindow, type Rule } from './step.ts'
import { authenticationEnabled } from './without-majority/authentication.ts'
import { awaitLoneDefragmentation } from './without-majority/await-lone-defragmentation.ts'
import { bootstrap } from './without-majority/bootstrap.ts'
import { ensureCertificates } from './without-majority/ensure-certificates.ts'
import { forgottenMembers } from './without-majority/forgotten-members.ts'
import { growVolumes } from './without-majority/grow-volumes.ts'
import { noQuorum } from './without-majority/no-quorum.ts'
import { recreateObjects } from './without-majority/recreate-objects.ts'
import { replaceIdlePods } from './without-majority/replace-idle-pods.ts'

/**
 * The stages of the policy; each has a folder of its name with its rules. A rule that reports what another rule could not do stands beside
 * that rule, and what rules of several stages share stands in this folder.
 */
export type StageName = 'people' | 'without-majority' | 'corruption' | 'finish' | 'repair' | 'change' | 'await-members'

export interface Stage {
  readonly stage: StageName
  /** What a pass may write besides its step and the status: all that restarts nothing and changes no member, or nothing. */
  readonly applies: 'always-safe' | 'nothing'
  readonly rules: readonly Rule[]
}

/** The order is the policy: the first rule that has something to say decides. Each line says why it stands there. */
export const policy: readonly Stage[] = [
  {
    stage: 'people',
    applies: 'nothing',
    rules: [
      timeTravel, // nothing is done for an outdated spec, not even a deletion: its policy may have been changed since
      deleting, // nothing is built for what is being deleted, and its volumes go as the spec says, paused or not
      dryRun, // a person looks at the plan first; before paused, which is part of that plan
      paused, // a person works on the cluster by hand, whatever the world looks like
      nameTaken, // objects that the operator did not create are not touched
    ],
  },
  {
    stage: 'without-majority',
    applies: 'always-safe',
    rules: [
      ensureCertificates, // before the first pod, which does not start without; and expired certificates may have taken the majority
      replaceIdlePods, // safe without a majority, and the way out of a bad spec
      bootstrap, // only while no cluster ID was ever pinned: never again after
      forgottenMembers, // before their objects are made again, which would hide that the API server knows nothing of them
      recreateObjects, // without pods no majority can come back
      growVolumes, // full volumes may be what took the majority
      authenticationEnabled, // a majority may well answer, but not the operator
      awaitLoneDefragmentation, // a single member is its own majority, and answers no client meanwhile
      noQuorum, // without a majority it stops here: membership, volumes and running members are not touched
    ],
  },
  {
    stage: 'corruption', // while members hold different data nothing else is done: a member that restarts or joins may be lost to it
    applies: 'always-safe',
    rules: [
      awaitComparison, // an alarm and an exit say only that data differs, not whose data is wrong
      withApproval(removeWrong), // before the alarm is disarmed: etcd would raise it again
      disarmAlarms, // at once: every write is refused until then
      retryRefused, // the member whose wrong data kept another from starting may have been removed
      awaitNamed, // nothing is known yet of the data of a member that the alarm names
      dataCorrupt, // no majority tells whose data is wrong
    ],
  },
  {
    stage: 'finish', // what was begun, before anything new
    applies: 'always-safe',
    rules: [
      dropMisfit, // before it is taken for a member of somebody else, and before it is told to start
      unknownMember, // no member is added, removed or promoted beside a member that somebody else added
      settlePeerUrl, // before anybody joins: a joining member dials what stands in the list
      addWaiting, // the pod of a member can't join before etcd lists the member
      guardStarted, // before a promotion: a voter never starts on an empty volume
      correctJoiningConfig, // a learner starts only with the live list
      keepPods, // a listed member without a pod is down
      awaitLongStep, // the rules before this one disturb no member that is being defragmented; all others do
      finishLeaving, // a voter that was stopped to be removed counts for the majority until it is removed
      retryJoin,
      giveUpJoining, // after every rule that could have let the member start
      dropLostLearner, // a learner has no vote: it is removed and joins again
      dropPods, // the leftovers of removed members are deleted in this order: pod, config, volume
      dropLostPods,
      dropConfigs,
      dropVolumes,
    ],
  },
  {
    stage: 'repair', // redundancy is restored before it is spent
    applies: 'always-safe',
    rules: [
      withApproval(replaceFailed), // before a promotion: the list without failed voters has the larger margin, and a promotion waits for all voters
      promoteLearner,
      withApproval(replaceNeverStarted),
      reportForeignData, // etcd adds no member while a voter of its list runs on other data
      renewClaimTemplate, // before a member joins: its volume is made as the StatefulSet says
      rejoin, // the second half of a replacement
      freeSpace, // after the replacements: while a member is defragmented, all others have to serve
      exchangeMember, // only healthy members are exchanged; failed members are replaced first
    ],
  },
  {
    stage: 'change', // what the spec asks for
    applies: 'always-safe',
    rules: [
      cancelDowngrade, // before anything that counts on the version of the cluster, and whatever else the spec asks for
      invalidSpec, // an impossible spec blocks only what the spec asks for
      turnAuthOff, // before the roll: only in mode Required the operator's certificate names root
      keepAsking, // what is not switched off holds up the roll that would lock the operator out
      changeVersion, // before the roll, which restarts members with the version that this lets through
      roll, // before another size: what was begun with one member is finished with all
      scaleUp,
      volumeBeingDeleted, // no member leaves while another is about to lose its data
      scaleDown,
      exchangeCas, // restarts nobody
      turnAuthOn, // after the roll that brings TLS; it disturbs no member
      moveLeaderOnDemand, // after the rolls and removals, which move the leadership as well
      defragmentOnDemand, // while nothing else is to be done
      defragmentBySchedule, // while nothing else is to be done
      notExchangeable, // only a report, which holds up nothing else
    ],
  },
  {
    stage: 'await-members', // nothing is left to do but to see that everything that was begun has ended
    applies: 'always-safe',
    rules: [
      awaitStart,
      awaitLearners,
      awaitHealth,
      awaitServing,
      awaitLeft,
      awaitVolumes,
      awaitClusterVersion,
      reportNoSpace,
      awaitCalm, // what a person asks for waits for no problem that has been reported above
      reportCertificates, // the members run on with what they have until a person has acted
      awaitOldCas, // only a report
      awaitAuth, // after all that looks after members: only its clients wait for it
      reportVolumes, // it may never end: everything else is reported before it
    ],
  },
]

/** A decision, with what a pass may apply beside it. */
export type Planned = Decision & Pick<Stage, 'stage' | 'applies'>

/**
 * The first rule that has something to say decides. A rule whose step waits for a maintenance window holds up none of the others: it
 * decides only when they have nothing to say.
 */
export function planCluster(view: ClusterView): Planned {
  let held: Planned | undefined
  for (const { stage, applies, rules } of policy) {
    for (const rule of rules) {
      const decision = rule(view)
      if (decision === undefined) continue
      if (!isHeldByWindow(decision)) return { ...decision, stage, applies }
      held ??= { ...decision, stage, applies }
    }
  }
  return held ?? { kind: 'steady', stage: 'await-members', applies: 'always-safe' }
}
