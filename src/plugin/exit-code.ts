/** How the program ends; docs/operations/plugin.md has the same table. */
export const exitCodes = {
  /** The wish was carried out. */
  ok: 0,
  /** It could not be carried out: no cluster, no rights, no such object, or the operator refuses. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The question was answered, and the answer is no: only with `--exit-code`, and from `doctor`. */
  unwell: 3,
  /** Ctrl-C, before it was done. */
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
