import { spawn } from 'node:child_process'
import { expect, it, onTestFinished } from 'vitest'
import { type Daemon, findStart, whileRunning } from '../../cluster/local/daemon.ts'

/** A process that the test can end. */
async function aProcess(): Promise<{ daemon: Daemon; end: () => Promise<void> }> {
  const child = spawn('sleep', ['600'])
  onTestFinished(() => void child.kill('SIGKILL'))
  await new Promise((resolve) => child.once('spawn', resolve))
  const pid = child.pid ?? 0
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const end = async () => {
    child.kill('SIGKILL')
    await gone
  }
  return { daemon: { name: 'kube-scheduler', pid, start: findStart(pid) ?? '' }, end }
}

it('a wait ends with an error when a process ends that it needs', async () => {
  const { daemon, end } = await aProcess()
  const waiting = whileRunning([daemon], new Promise(() => {}))
  const outcome = expect(waiting).rejects.toThrow('kube-scheduler ended while the cluster was started')
  await end()
  await outcome
})

it('a wait for what comes goes on while the processes run', async () => {
  const { daemon } = await aProcess()
  expect(await whileRunning([daemon], Promise.resolve('ready'))).toBe('ready')
  await expect(whileRunning([daemon], Promise.reject(new Error('no')))).rejects.toThrow('no')
})
