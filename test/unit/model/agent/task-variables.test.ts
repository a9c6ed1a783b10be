import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { BackupTask } from '../../../../src/model/agent/task.ts'
import { taskText, taskVariables } from '../../../../src/model/agent/task-variables.ts'

/** What the schema of an EtcdCluster allows, and no compression makes smaller. */
const annotations = Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`a${index}`, randomBytes(8192).toString('base64')]))

function aTask(spec: unknown): BackupTask {
  return {
    do: 'backup',
    backup: { namespace: 'ns', name: 'b1', uid: 'uid-b1', startTime: '2026-11-21T10:00:00Z' },
    cluster: { name: 'demo', uid: 'uid-demo', spec },
    clusterId: 'c1c1',
    endpoints: [],
    location: 'demo/b1.db',
  }
}

const environment = (task: BackupTask) => Object.fromEntries(taskVariables(task).map(({ name, value }) => [name, value]))
/** Starts a program with these variables, as the container runtime does. */
const started = (env: Readonly<Record<string, string>>) =>
  spawnSync(process.execPath, ['-p', 'Object.keys(process.env).length'], { env, encoding: 'utf8' })

describe('a task in the environment', () => {
  test.each([
    ['is one variable that people can read', { size: 3, note: 'a $(POD_IP) $$ "y"' }, 1],
    ['is split where a spec is larger than a variable may be', { size: 3, annotations }, 10],
    ['is small again where a large spec repeats itself', { size: 3, note: 'x$'.repeat(400_000) }, 1],
  ])('%s', (_, spec, count) => {
    const task = aTask(spec)
    const variables = environment(task)
    expect(Object.keys(variables).length).toBeGreaterThanOrEqual(count)
    expect(JSON.parse(taskText(variables) ?? '')).toEqual(task)
    expect(Object.values(variables).join(''), 'the kubelet would expand it').not.toContain('$')
    expect(Number(started(variables).stdout)).toBe(Object.keys(variables).length)
  })

  test('would not start a program as one variable', () => {
    const { error } = started({ AGENT_TASK: JSON.stringify(aTask({ annotations })) })
    expect(error).toMatchObject({ code: 'E2BIG' })
  })

  test('is missing where nobody wrote one', () => {
    expect(taskText({ PATH: '/bin' })).toBeUndefined()
  })
})
