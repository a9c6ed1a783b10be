/** What is explored: worlds as plain values, and what may happen in them. */
export interface Model<W> {
  /** Where it may begin. */
  readonly from: readonly W[]
  /** A text that is equal for worlds in which the same can happen. */
  readonly keyOf: (world: W) => string
  readonly look: (world: W) => Look<W>
  /** What must hold at every moment; each broken one is a line. */
  readonly brokenNow: (world: W) => readonly string[]
  /** Whether a call has left the operator and has not landed. */
  readonly isUnderWay: (world: W) => boolean
  /** Stops with an error beyond it: a workflow that has grown by accident should be noticed. */
  readonly maxStates?: number | undefined
}

/** What there is to say about one world; together, because the answers share most of their work. */
export interface Look<W> {
  readonly transitions: readonly Transition<W>[]
  /** The plan, in words. */
  readonly plan: () => string
  /** Why a world in which nothing happens any more is not what was wished for; undefined when it is. */
  readonly missing: () => string | undefined
  /** Why it is wrong to say, as the plan does, that nothing is left to do; undefined when it is right, or isn't said. */
  readonly untrue?: () => string | undefined
}

/** One thing that may happen next. */
export interface Transition<W> {
  /** As a line of a trace. */
  readonly text: string
  /**
   * - `progress`  begins by itself, soon
   * - `operator`  a pass
   * - `retry`     the kubelet starts a container again that ended, after its back-off
   * - `user`      somebody edits the wish
   * - `time`      minutes pass
   * - `fault`     doesn't have to happen at all
   */
  readonly kind: 'progress' | 'operator' | 'retry' | 'user' | 'time' | 'fault'
  readonly to: W
  /** Invariants that it broke. */
  readonly violations: readonly string[]
}

export interface Explored {
  readonly states: number
  readonly transitions: number
  /** Steps of the longest fair run without faults, from any state to the end. */
  readonly longestRun: number
  readonly ms: number
}

/** What was broken, and the shortest way there. */
export class Broken extends Error {
  override readonly name = 'Broken'

  constructor(what: string, trace: readonly string[]) {
    super([what, ...trace.map((line, index) => `${String(index + 1).padStart(3)}  ${line}`)].join('\n'))
  }
}

/**
 * Visits every world that can come about, each once, nearest first:
 *
 * - after every transition all invariants hold;
 * - from every world two opposite fair schedules without further faults (the environment first, the operator first) lead to
 *   a world in which nothing happens any more, and that is the wished one: no state is absorbing, no run goes round for ever.
 *
 * @throws Broken with the shortest trace
 */
export function search<W>(model: Model<W>): Explored {
  const startMs = performance.now()
  const { keyOf, look, brokenNow, isUnderWay, maxStates = 2_000_000 } = model
  const states: W[] = [...model.from]
  const parents: number[] = states.map(() => -1)
  const indexes = new Map(states.map((world, index) => [keyOf(world), index]))
  const runs: [environmentFirst: number[], operatorFirst: number[]] = [[], []]
  let transitions = 0

  const traceTo = (index: number) => replay(model, states, parents, index)

  for (let index = 0; index < states.length; index += 1) {
    const world = states[index]
    if (world === undefined) break
    const looked = look(world)
    const next: (readonly [Transition<W>, number])[] = []
    for (const transition of looked.transitions) {
      if (transition.to === world && transition.violations.length === 0) continue
      const broken = [...transition.violations, ...brokenNow(transition.to)]
      if (broken.length > 0) throw new Broken(broken.join('; '), [...traceTo(index), transition.text])
      const key = keyOf(transition.to)
      let target = indexes.get(key)
      if (target === undefined) {
        if (states.length >= maxStates) throw new Error(`more than ${maxStates} worlds`)
        target = states.length
        indexes.set(key, target)
        states.push(transition.to)
        parents.push(index)
      }
      if (target === index) continue
      transitions += 1
      next.push([transition, target])
    }
    for (const [which, order] of schedules.entries()) runs[which]?.push(choose(next, order, isUnderWay))
    const isQuiet = next.every(([{ kind }]) => kind === 'fault') && !isUnderWay(world)
    const lacking = isQuiet ? looked.missing() : undefined
    if (lacking !== undefined) throw new Broken(`nothing happens any more (${looked.plan()}), but ${lacking}`, traceTo(index))
    const lie = looked.untrue?.()
    if (lie !== undefined) throw new Broken(`the plan says that nothing is left to do, but ${lie}`, traceTo(index))
  }

  let longestRun = 0
  for (const [which, successors] of runs.entries()) {
    const run = followAll(successors)
    if (run.cycle !== undefined) {
      const round = run.cycle.map((index) => explain(model, states, index, successors[index] ?? -1))
      throw new Broken(`goes round for ever (${which === 0 ? 'environment' : 'operator'} first)`, [
        ...traceTo(run.cycle[0] ?? 0),
        '-- and then again and again:',
        ...round,
      ])
    }
    longestRun = Math.max(longestRun, run.longest)
  }
  return { states: states.length, transitions, longestRun, ms: Math.round(performance.now() - startMs) }
}

const schedules: readonly (readonly Transition<unknown>['kind'][])[] = [
  ['progress', 'operator', 'retry', 'user', 'time'],
  ['operator', 'progress', 'retry', 'user', 'time'],
]

/** The one that a schedule takes; a call that is under way first lands or is lost. */
function choose<W>(
  next: readonly (readonly [Transition<W>, number])[],
  order: readonly Transition<W>['kind'][],
  isUnderWay: (world: W) => boolean,
): number {
  for (const kind of order) {
    const found = next.find(([transition]) => transition.kind === kind)
    if (found !== undefined) return found[1]
  }
  return next.find(([{ kind, to }]) => kind === 'fault' && !isUnderWay(to))?.[1] ?? -1
}

/** Follows the one successor of every state to its end; a cycle where there is none. */
function followAll(successors: readonly number[]): { readonly longest: number; readonly cycle?: readonly number[] } {
  const lengths = new Map<number, number>([[-1, -1]])
  let longest = 0
  for (let start = 0; start < successors.length; start += 1) {
    const path: number[] = []
    const onPath = new Set<number>()
    let at = start
    while (!lengths.has(at)) {
      if (onPath.has(at)) return { longest, cycle: path.slice(path.indexOf(at)) }
      onPath.add(at)
      path.push(at)
      at = successors[at] ?? -1
    }
    let length = lengths.get(at) ?? -1
    for (const index of path.toReversed()) lengths.set(index, ++length)
    longest = Math.max(longest, length)
  }
  return { longest }
}

/** The lines from the beginning to this state. */
function replay<W>(model: Model<W>, states: readonly W[], parents: readonly number[], index: number): readonly string[] {
  const lines: string[] = []
  for (let at = index; (parents[at] ?? -1) >= 0; at = parents[at] ?? -1) lines.unshift(explain(model, states, parents[at] ?? 0, at))
  return lines
}

function explain<W>({ keyOf, look }: Model<W>, states: readonly W[], from: number, to: number): string {
  const [before, after] = [states[from], states[to]]
  if (before === undefined || after === undefined) return '?'
  return look(before).transitions.find((transition) => keyOf(transition.to) === keyOf(after))?.text ?? '?'
}
