import { afterEach, describe, expect, it, vi } from 'vitest'
import { during, elapsedMs, timedProgress } from '../../cluster/progress.ts'

afterEach(() => void vi.useRealTimers())

describe('the lines for the person who waits', () => {
  it('have the time since the command began in front', () => {
    const written: string[] = []
    timedProgress((text) => written.push(text))('ready')
    expect(written).toEqual([expect.stringMatching(/^\[ *\d+\.\d s\] ready\n$/)])
  })

  it('count from the same moment in every program that the command starts', () => {
    const env: NodeJS.ProcessEnv = {}
    expect(elapsedMs(1_000_000, env)).toBe(0)
    const inherited = { ...env }
    expect(elapsedMs(1_042_500, inherited)).toBe(42_500)
    expect(elapsedMs(999_000, inherited)).toBe(0)
  })

  it('say what is being waited for when there was none for a while', async () => {
    vi.useFakeTimers()
    const said: string[] = []
    const progress = timedProgress((text) => said.push(text.replace(/^\[.*?\] /, '').trimEnd()))
    let packages = 0
    const build = Promise.withResolvers<void>()
    const install = Promise.withResolvers<void>()
    progress('begun')
    const both = [
      during(
        progress,
        () => `building etcd (${packages} packages)`,
        () => build.promise,
      ),
      during(
        progress,
        () => 'installing runc',
        () => install.promise,
      ),
    ]
    await vi.advanceTimersByTimeAsync(14_000)
    expect(said).toEqual(['begun'])
    packages = 200
    await vi.advanceTimersByTimeAsync(2_000)
    install.resolve()
    progress('runc installed')
    packages = 300
    await vi.advanceTimersByTimeAsync(16_000)
    build.resolve()
    await Promise.all(both)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(said).toEqual([
      'begun',
      'still building etcd (200 packages); installing runc',
      'runc installed',
      'still building etcd (300 packages)',
    ])
  })
})
