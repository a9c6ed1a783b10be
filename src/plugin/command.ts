import type { RawApi } from '../adapters/kube/raw.ts'
import type { Kube } from '../adapters/kube.ts'
import type { Terminal } from './terminal.ts'
import type { Text } from './text.ts'

/** A subcommand of `kubectl etcd`: what it takes, in the words of its help, and what it does. */
export interface Command {
  readonly name: string
  /** What it does, for the list of commands: begins with a verb in lower case, no full stop. */
  readonly summary: string
  /** More about it, one paragraph each, for its own help. */
  readonly about?: readonly string[]
  readonly positionals?: readonly Positional[]
  /** By their long names without dashes. */
  readonly options?: Readonly<Record<string, Option>>
  /** The formats of `-o`; absent: it has none. */
  readonly outputs?: readonly Output[]
  /** Whether `-A` makes sense. */
  readonly allNamespaces?: boolean
  /** What the arguments after `--` are for; absent: there are none. */
  readonly passesOn?: string
  /** Not listed: only programs call it. */
  readonly isHidden?: boolean
  readonly examples: readonly Example[]
  /** @returns the exit code: one of `exitCodes`, or that of the program that it ran */
  run(context: Context): Promise<number>
}

export interface Positional {
  /** As in the usage: `NAME`. */
  readonly name: string
  readonly help: string
  readonly isOptional?: boolean
  /** Takes all that follow; only the last one. */
  readonly isMany?: boolean
  /** The only values that it takes. */
  readonly values?: readonly string[]
  readonly completes?: Completed
}

export interface Option {
  /** One letter. */
  readonly short?: string
  /** Placeholder of its value in the usage; absent: a flag. */
  readonly value?: string
  /** The only values that it takes. */
  readonly values?: readonly string[]
  readonly help: string
  readonly completes?: Completed
}

export interface Example {
  readonly does: string
  /** Without `kubectl etcd`. */
  readonly line: string
}

export type Output = 'json' | 'yaml' | 'wide' | 'name'
/** What the shell's completion looks up in the cluster. */
export type Completed = 'cluster' | 'backup' | 'member' | 'namespace' | 'context' | 'command'

/** The arguments of one command, checked against what it declares. */
export interface Arguments {
  /** The value of an option; where it was given twice, the last one. */
  value(option: string): string | undefined
  flag(option: string): boolean
  /** The positional of this name. @throws when it is optional and absent: ask `optional` */
  required(positional: string): string
  optional(positional: string): string | undefined
  /** All that a positional with `isMany` takes. */
  many(positional: string): readonly string[]
  readonly output: Output | undefined
  /** What follows `--`. */
  readonly passedOn: readonly string[]
}

/** All that a command works with. */
export interface Context {
  readonly args: Arguments
  readonly terminal: Terminal
  /** The way to the API server; made when it is first asked for. @throws Problem */
  connect(): Promise<Target>
  /** Ends with Ctrl-C. */
  readonly signal: AbortSignal
  /** Milliseconds since the epoch. */
  now(): number
  /** Asks the person a question of yes or no; undefined: nobody can be asked. */
  question(what: Text): Promise<string | undefined>
  /** Runs kubectl on this terminal. @returns its exit code */
  kubectl(args: readonly string[]): Promise<number>
  /** The environment, for programs that the command starts. */
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface Target {
  readonly kube: Kube
  readonly raw: RawApi
  /** Of `-n`, or of the context. */
  readonly namespace: string
  /** Undefined with `-A`. */
  readonly scope: string | undefined
  /** How the API server is called in messages: its address, and the context. */
  readonly title: string
  /** For commands that start kubectl: `--kubeconfig`, `--context` as they were given here. */
  readonly kubectlFlags: readonly string[]
}
