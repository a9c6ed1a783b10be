import type { WaitReason } from '../../../api/reasons.ts'
import type { AgentImage } from '../../../model/agent/image.ts'
import { lifeOf } from '../../../model/agent/run.ts'
import type { AskedRun } from '../../../model/cluster/restore-facts.ts'
import type { Known } from '../../../model/known.ts'
import { jobWords, whyNotDone } from '../../job-words.ts'
import { block, type Decision, type Step, step, wait } from '../step.ts'

interface Wanted {
  /** Name of the Job. */
  readonly job: string
  readonly reason: WaitReason
  /** What it does. */
  readonly message: string
  readonly create: (image: AgentImage) => Step
  /** What the Job is asked for, as the spec says now. */
  readonly asked: string
}

/** Creates a Job and waits until it ends; the caller has checked before that the Job has not reported the wanted result yet. */
export function runJob(run: AskedRun, image: Known<AgentImage>, wanted: Wanted): Decision {
  const { job, reason, message, create } = wanted
  const life = lifeOf(run)
  // Safety: it has ended or has not begun, and what it did can be done twice.
  const again = (why: string, uid: string) => step(reason, why, { do: 'DeleteJob', job, uid })
  if ('uid' in life && life.life !== 'working' && run.asked !== wanted.asked)
    return again(`the spec was changed; recreating Job ${job}`, life.uid)
  switch (life.life) {
    case 'absent':
      return image.known ? step(reason, message, create(image.value)) : block('AgentImageUnknown', jobWords.noImage(image.why))
    case 'foreign':
      return block('NameTaken', `${jobWords.foreign(job)}, or choose another name for the EtcdCluster`)
    case 'earlier':
      return wait('WaitingForDeletion', jobWords.earlier(job), 1000)
    case 'deleting':
      return life.trouble ? wait(life.trouble.reason, life.trouble.message, 2000) : wait(reason, jobWords.deleting(job), 500)
    case 'stuck':
      if (life.misplaced) return again(jobWords.misplaced(job), life.uid)
      return wait(life.trouble.reason, life.trouble.message, 2000)
    case 'working':
      if (life.last !== undefined) return wait(reason, jobWords.again(life.last.message), 500)
      return wait(reason, life.exit === undefined ? message : jobWords.againAfter(life.exit), 500)
    case 'vanished':
      return again(jobWords.vanished(job), life.uid)
    case 'late':
      return again(jobWords.late(job), life.uid)
    case 'reported':
    case 'exited': {
      const why = whyNotDone(job, life)
      return block(why.reason, `${why.message}; after the cause is removed delete Job ${job}, and it is tried again`)
    }
  }
}
