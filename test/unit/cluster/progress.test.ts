import { expect, it } from 'vitest'
import { timedProgress } from '../../cluster/progress.ts'

it('puts the elapsed time before each line', () => {
  const written: string[] = []
  timedProgress((text) => written.push(text))('ready')
  expect(written).toEqual(['[  0.0 s] ready\n'])
})
