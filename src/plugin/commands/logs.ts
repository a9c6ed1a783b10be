import { setTimeout as pause } from 'node:timers/promises'
import { isFailure } from '../../adapters/failure.ts'
import { POD } from '../../adapters/kube/kinds.ts'
import { label } from '../../api/labels.ts'
import { messageOf } from '../../model/message-of.ts'
import type { Command, Context, Target } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { LogMerger } from '../log-merger.ts'
import { operatorOption, operatorPods } from '../operator-pods.ts'
import { type LogWish, logPath } from '../pod-log.ts'
import { Problem, usageProblem } from '../problem.ts'
import { type Style, styled, type Text } from '../text.ts'
import { durationMs } from '../wait.ts'

export const logs: Command = {
  name: 'logs',
  summary: "prints the members' logs, merged by time",
  positionals: [{ name: 'NAME', help: 'a cluster', completes: 'cluster' }],
  options: {
    follow: { short: 'f', help: 'goes on with what is logged from now on, and with members that start' },
    since: { value: 'DURATION', help: 'only what is younger, for example 10m' },
    tail: { value: 'N', help: 'at most so many lines of each member; default: 100, with --since all' },
    operator: { help: "also the operator's lines about this cluster" },
    previous: { short: 'p', help: 'of the containers before the present ones' },
    ...operatorOption,
  },
  examples: [
    { does: 'the last lines of every member', line: 'logs demo' },
    { does: 'what members and operator say from now on', line: 'logs demo -f --operator' },
  ],
  async run(context) {
    const { args, signal } = context
    const target = await context.connect()
    const cluster = await findCluster(target, args.required('NAME'), signal)
    const { namespace, name } = cluster.metadata
    const wish = wishOf(context)
    const members = async () => {
      const { items } = await target.kube.list(POD, { namespace, labelSelector: `${label.cluster}=${name}` }, signal)
      return items.map(
        ({ metadata }): Source => ({ pod: metadata.name, uid: metadata.uid, namespace, container: 'etcd', shown: metadata.name }),
      )
    }
    const operators = async () => {
      if (!args.flag('operator')) return []
      const pods = await operatorPods(context, target)
      return pods.map(
        ({ metadata }): Source => ({
          pod: metadata.name,
          uid: metadata.uid,
          namespace: metadata.namespace,
          container: 'operator',
          shown: 'operator',
          about: `"${namespace}/${name}"`,
        }),
      )
    }
    const sources = async () => [...(await members()), ...(await operators())]
    const first = await sources()
    if (first.length === 0) throw new Problem(`${name} has no pods`, [['why: ', styled('command', `kubectl etcd status ${name}`)]])
    const print = printer(context, first)
    await (args.flag('follow') ? follow(context, target, sources, wish, print) : printAll(context, target, first, wish, print))
    return exitCodes.ok
  },
}

interface Source {
  readonly pod: string
  readonly uid: string
  readonly namespace: string
  readonly container: string
  readonly shown: string
  /** Only lines with this text. */
  readonly about?: string
}

type Print = (source: Source, line: string) => void

function wishOf({ args }: Context): LogWish {
  const sinceMs = durationMs(args.value('since'))
  const tail = args.value('tail')
  if (tail !== undefined && !/^\d+$/.test(tail)) throw usageProblem(`--tail is "${tail}"; it takes a number of lines`)
  const seconds = Number.isFinite(sinceMs) ? { sinceSeconds: Math.max(1, Math.ceil(sinceMs / 1000)) } : {}
  const lines = tail === undefined && Number.isFinite(sinceMs) ? {} : { tailLines: Number(tail ?? 100) }
  return { ...seconds, ...lines, previous: args.flag('previous') }
}

async function printAll(context: Context, { raw }: Target, sources: readonly Source[], wish: LogWish, print: Print): Promise<void> {
  const texts = await Promise.all(
    sources.map(async (source) => {
      try {
        return { source, text: await raw.text(logPath(source, wish), context.signal) }
      } catch (error) {
        if (isFailure(error, 'forbidden')) throw error
        // A container that has not started, or has no previous one, has no log.
        context.terminal.note(`${source.shown}: ${messageOf(error)}`)
        return { source, text: '' }
      }
    }),
  )
  const lines = texts.flatMap(({ source, text }) => linesOf(source, text).map((line) => ({ source, line })))
  for (const { source, line } of lines.toSorted((a, b) => timeOf(a.line).localeCompare(timeOf(b.line)))) print(source, line)
}

/** Streams every pod, and those that are made meanwhile, until Ctrl-C. A stream that ends is begun again where it ended. */
async function follow(
  context: Context,
  { raw }: Target,
  sources: () => Promise<readonly Source[]>,
  wish: LogWish,
  print: Print,
): Promise<void> {
  const { signal } = context
  const merger = new LogMerger<Source>((source, line) => print(source, line))
  const streams = new Map<string, Promise<void>>()
  const seenUntil = new Map<string, string>()
  const read = async (source: Source) => {
    const from = seenUntil.get(source.uid)
    const since = from === undefined ? wish : { sinceTime: from }
    for await (const line of raw.lines(logPath(source, { ...since, follow: true }), signal)) {
      const time = timeOf(line)
      // The server answers from whole seconds on.
      if (line === '' || (from !== undefined && time <= from) || !isAbout(source, line)) continue
      seenUntil.set(source.uid, time)
      merger.add(source, line, time)
    }
  }
  while (!signal.aborted) {
    for (const source of await sources().catch(() => [])) {
      if (streams.has(source.uid)) continue
      const ended = read(source).catch((error: unknown) => {
        if (isFailure(error, 'forbidden')) throw error
      })
      streams.set(
        source.uid,
        ended.finally(() => streams.delete(source.uid)),
      )
    }
    await Promise.race([pause(lookMs, undefined, { signal }), ...[...streams.values()].map((one) => one.then(() => pause(lookMs)))]).catch(
      (error: unknown) => {
        if (!signal.aborted) throw error
      },
    )
    merger.flush()
  }
  merger.flush(true)
}

/** How often new pods are looked for, and lines of several pods are put in order. */
const lookMs = 500

function linesOf(source: Source, text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && isAbout(source, line))
}

function isAbout({ about }: Source, line: string): boolean {
  return about === undefined || line.includes(about)
}

/** The time with which the kubelet begins each line: RFC 3339 in UTC with a fraction, so that the order of texts is that of times. */
function timeOf(line: string): string {
  return line.slice(0, line.indexOf(' '))
}

function printer({ terminal }: Context, sources: readonly Source[]): Print {
  const width = Math.max(...sources.map(({ shown }) => shown.length))
  const names = [...new Set(sources.map(({ shown }) => shown))].toSorted()
  const styleOf = new Map(names.map((name, index): [string, Style] => [name, styles[index % styles.length] ?? 'strong']))
  return (source, line) => {
    const time = timeOf(line)
    const style: Style = styleOf.get(source.shown) ?? 'strong'
    const text: Text = [
      styled('faint', `${time.slice(0, 23)} `),
      styled(style, `${source.shown.padEnd(width)} `),
      line.slice(time.length + 1),
    ]
    terminal.print(text)
  }
}

const styles: readonly Style[] = ['command', 'good', 'warning', 'strong', 'bad', 'faint']
