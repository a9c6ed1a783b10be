import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readTask } from '../../../src/agent/read-task.ts'
import { exitCodeOf, run } from '../../../src/agent/run.ts'
import { terminationMessage } from '../../../src/agent/termination-message.ts'
import type { Disk } from '../../../src/agent/volume/disk.ts'
import type { AgentResult, AgentTask } from '../../../src/model/agent/task.ts'
import { aSource } from './a-source.ts'
import { aVolume } from './a-volume.ts'
import { mortalDisk } from './mortal-disk.ts'

const backup: AgentTask = {
  do: 'backup',
  backup: { namespace: 'default', name: 'b1', uid: 'uid-b1', startTime: '2026-11-21T10:00:00Z' },
  cluster: { name: 'demo', uid: 'uid-demo', spec: { size: 3 } },
  clusterId: '7c1e0b',
  endpoints: [{ member: 'demo-0', url: 'http://10.0.0.1:2379' }],
  location: 'demo/b1.db',
}
const now = () => new Date(0)

async function afterBackup(disk: Disk, root = aVolume()): Promise<AgentResult> {
  return run(
    backup,
    { backups: root, data: root, source: root },
    { disk, connect: () => aSource(), now, stopping: new AbortController().signal, log: () => {} },
  )
}

/** A volume on which one call fails. */
function failing(call: keyof Disk, errno: string): Disk {
  const fail = async () => {
    throw Object.assign(new Error(`${errno}: as errno(3) says, ${call}`), { code: errno, syscall: call })
  }
  return { ...mortalDisk(), [call]: fail }
}

describe('a task', () => {
  test.each([
    ['ENOSPC', 'VolumeFull', 3],
    ['EDQUOT', 'VolumeFull', 3],
    ['EROFS', 'VolumeReadOnly', 3],
    ['EACCES', 'VolumeReadOnly', 3],
    ['EIO', 'VolumeFailed', 75],
    ['ESTALE', 'VolumeFailed', 75],
  ])('that meets %s ends as %s', async (errno, reason, exitCode) => {
    const result = await afterBackup(failing('create', errno))
    expect(result).toMatchObject({
      result: 'Failed',
      reason,
      message: expect.stringContaining(`backup demo/b1.db: ${errno}: as errno(3) says`),
    })
    expect(exitCodeOf(result)).toBe(exitCode)
  })

  test('ends as a mistake of ours where the error is no system call', async () => {
    const broken = { ...mortalDisk(), create: () => Promise.reject(new TypeError('not a function')) }
    const result = await afterBackup(broken)
    expect(result).toMatchObject({ reason: 'AgentFailed', message: 'backup demo/b1.db: not a function' })
    expect(exitCodeOf(result)).toBe(75)
  })

  test('names the volume that is missing', async () => {
    const result = await afterBackup(mortalDisk(), join(aVolume(), 'nowhere'))
    expect(result).toMatchObject({ reason: 'VolumeFailed', message: expect.stringContaining('nowhere') })
  })

  test('that is done says so by its exit code', async () => {
    expect(exitCodeOf(await afterBackup(mortalDisk()))).toBe(0)
  })
})

describe('the task of a Job', () => {
  test('is read where the command line and the environment agree', () => {
    expect(readTask('backup', JSON.stringify(backup))).toEqual(backup)
  })

  test.each([
    ['delete', JSON.stringify(backup), 'the command line says delete, AGENT_TASK says backup'],
    [undefined, JSON.stringify(backup), 'the command line says nothing, AGENT_TASK says backup'],
    ['backup', undefined, 'the environment variable AGENT_TASK is missing'],
    ['backup', '{"do":', 'AGENT_TASK is not valid JSON'],
    ['backup', '{"do":"dance"}', 'AGENT_TASK does not name a task'],
    ['backup', 'null', 'AGENT_TASK does not name a task'],
  ])('is refused for %s and %s', (word, json, message) => {
    expect(() => readTask(word, json)).toThrow(message)
  })
})

describe('a termination message', () => {
  test('fits, whatever a failure has to say', () => {
    const message = terminationMessage({ result: 'Failed', reason: 'AgentFailed', message: '"ü'.repeat(4000) })
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096)
    expect(Buffer.byteLength(message)).toBeGreaterThan(3500)
    expect(JSON.parse(message)).toMatchObject({ reason: 'AgentFailed', message: expect.stringMatching(/…$/) })
  })
})
