import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { RequirementMissing } from '../../cluster/command.ts'
import { describeError, SetUpFailed } from '../../cluster/set-up-failed.ts'

const again = 'run the same command again: finished builds are kept, and what is left of the cluster is replaced'

describe('a set-up that fails', () => {
  it('says what, why, where there is more, and what to do', () => {
    const error = new SetUpFailed('kube-apiserver ended before it was ready', {
      why: 'address already in use',
      log: '/logs/kube-apiserver.log',
    })
    expect(describeError(error)).toBe(
      `error: kube-apiserver ended before it was ready
  cause:      address already in use
  log:        /logs/kube-apiserver.log
  what to do: ${again}`,
    )
  })

  it('gives the advice of who knows better', () => {
    expect(describeError(new SetUpFailed('a build failed', { why: 'no route', advice: 'set GOPROXY' }))).toContain(
      'what to do: set GOPROXY',
    )
  })

  it('for want of something is told in the sentence that names the way out, and nothing else', () => {
    expect(describeError(new RequirementMissing('Install Go.'))).toBe('error: Install Go.')
  })

  it('ends what runs, and the error is the last thing on the screen', () => {
    const program = `
      import { run } from './test/cluster/command.ts'
      import { during, timedProgress } from './test/cluster/progress.ts'
      import { endWith } from './test/cluster/set-up-failed.ts'
      const progress = timedProgress()
      process.on('exit', () => progress('too late'))
      const build = during(progress, () => 'building', () => run('sleep', ['3600']))
      build.catch(() => progress('the build was interrupted'))
      progress('begun')
      await Promise.all([build, Promise.reject(new Error('no room'))]).catch(endWith)
    `
    const root = join(import.meta.dirname, '../../..')
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: root, encoding: 'utf8' })
    expect({ status, lines: stderr.split('\n').slice(-4) }).toEqual({
      status: 1,
      lines: [expect.stringMatching(/begun$/), 'error: no room', `  what to do: ${again}`, ''],
    })
  })
})
