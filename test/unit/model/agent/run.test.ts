import { describe, expect, test } from 'vitest'
import {
  type AgentExit,
  type AgentPod,
  type AgentRun,
  exitTrouble,
  type JobFacts,
  type JobLife,
  lifeOf,
} from '../../../../src/model/agent/run.ts'
import { aRun, backedUp, failedWith } from '../../../builders/a-backup.ts'
import { neverEnding, withoutImage, withoutNode } from '../../../builders/a-pod-report.ts'

const gone = (run: AgentRun): AgentRun => (run.job.state === 'ours' ? { ...run, job: { ...run.job, deleting: true } } : run)
const other = (state: 'foreign' | 'earlier'): AgentRun => ({ ...aRun(), job: { state, uid: 'x' } })
const success = { result: backedUp }
const killed = { exit: { container: 'agent', code: 137, reason: 'OOMKilled', message: '' } }
const failed: Partial<JobFacts> = { state: 'failed', failure: { reason: 'BackoffLimitExceeded', message: '' } }
const outOfTime: Partial<JobFacts> = { state: 'failed', failure: { reason: 'DeadlineExceeded', message: '' } }

/** A service mesh has put a container into the pod that never ends. */
const meshed = (agentEndedMs: number, pod: Partial<AgentPod>): Partial<AgentPod> => ({ ...pod, ended: false, agentEndedMs })

describe('the life of a Job', () => {
  test.each<[string, AgentRun, JobLife['life']]>([
    ['that is not there', { job: { state: 'absent' }, pods: [], refusal: undefined }, 'absent'],
    ['of somebody else', other('foreign'), 'foreign'],
    ['of an earlier object of the name', other('earlier'), 'earlier'],
    ['that was just made', aRun(), 'working'],
    ['whose pod fits on no node', aRun({}, [withoutNode()]), 'stuck'],
    ['whose pod a quota refuses', { ...aRun(), refusal: 'exceeded quota: few' }, 'stuck'],
    ['whose pod runs', aRun({ ready: true }, [{ ended: false }]), 'working'],
    ['that Kubernetes is about to try again', aRun({}, [failedWith('NoHealthyMember')]), 'working'],
    ['that failed in a way that no other try mends', aRun({}, [failedWith('FileExists')]), 'reported'],
    ['whose pod was killed before Kubernetes makes another', aRun({}, [killed]), 'working'],
    ['that reported a success', aRun({}, [success]), 'reported'],
    ['that reported a success before it was counted as failed', aRun(failed, [failedWith('FileExists'), success]), 'reported'],
    ['that reported a success before it ran out of time', aRun(outOfTime, [success]), 'reported'],
    ['that reported a success before somebody deleted it', gone(aRun({}, [success])), 'reported'],
    ['that somebody deletes', gone(aRun(failed, [killed])), 'deleting'],
    ['whose agent has just ended in a pod that goes on', aRun({}, [meshed(1_000, failedWith('NoHealthyMember'))]), 'working'],
    ['whose agent succeeded in a pod that goes on', aRun({}, [meshed(1_000, success)]), 'reported'],
    ['whose agent failed in a pod that goes on', aRun({}, [meshed(11_000, failedWith('NoHealthyMember'))]), 'reported'],
    ['whose agent was killed in a pod that goes on', aRun({}, [meshed(11_000, killed)]), 'exited'],
    [
      'whose agent has ended beside a container that can not start',
      aRun({}, [{ ...meshed(1_000, killed), report: withoutImage.report }]),
      'working',
    ],
    ['that was given up', aRun(failed, [failedWith('VolumeFull')]), 'reported'],
    ['that ran out of time', aRun(outOfTime, [failedWith('NoHealthyMember')]), 'late'],
    ['that was killed again and again', aRun(failed, [killed]), 'exited'],
    ['that ended and whose pods are gone', aRun({ state: 'succeeded' }), 'vanished'],
  ])('%s', (_, run, life) => {
    expect(lifeOf(run).life).toBe(life)
  })

  test('with an end that is due tells what was said before', () => {
    expect(lifeOf(aRun({}, [failedWith('NoHealthyMember')]))).toMatchObject({ last: { reason: 'NoHealthyMember' } })
    expect(lifeOf(aRun({}, [{ ended: false }, failedWith('NoHealthyMember')]))).toMatchObject({ life: 'working', last: undefined })
  })

  test('tells how a try ended that reported nothing', () => {
    expect(lifeOf(aRun({}, [killed]))).toMatchObject({ life: 'working', last: undefined, exit: killed.exit })
    expect(lifeOf(aRun({}, [{ ended: false }, killed]))).toMatchObject({ life: 'working', exit: undefined })
  })

  test('that is deleted tells why its pod does not end', () => {
    expect(lifeOf(gone(aRun({}, [neverEnding])))).toMatchObject({ life: 'deleting', trouble: { reason: 'PodTerminating' } })
    expect(lifeOf(aRun({}, [withoutImage]))).toMatchObject({ trouble: { message: "the Job's pod can't pull its image: no such image" } })
  })
})

describe('an end without a report', () => {
  const words = 'the agent exited without reporting a result'
  test.each<[string, AgentExit, string, string]>([
    ['was out of memory', killed.exit, 'AgentKilled', `${words}: OOMKilled, exit code 137`],
    [
      'is a mistake when all went well',
      { container: 'agent', code: 0, reason: '', message: '?' },
      'AgentFailed',
      `${words}: exit code 0: ?`,
    ],
    [
      'has the last line of etcdutl',
      etcdutl('Error: a\nexpected sha256 [1]\n'),
      'AgentFailed',
      `container etcdutl failed: Error, exit code 1: expected sha256 [1]`,
    ],
    [
      'is a volume that is full',
      etcdutl('write db: no space left on device'),
      'VolumeFull',
      'container etcdutl: write db: no space left on device',
    ],
    [
      'is the word of the kubelet where nothing was started',
      { container: 'agent', code: undefined, reason: 'OutOfcpu', message: 'Pod was rejected: not enough cpu' },
      'PodRejected',
      "the node rejected the Job's pod: OutOfcpu: Pod was rejected: not enough cpu",
    ],
  ])('%s', (_, exit, reason, message) => {
    expect(exitTrouble(exit)).toEqual({ reason, message })
  })

  function etcdutl(message: string): AgentExit {
    return { container: 'etcdutl', code: 1, reason: 'Error', message }
  }
})
