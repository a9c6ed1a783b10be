/** The line of a log that says why its program ended or does not get on; undefined when the log is empty. */
export function causeIn(log: string): string | undefined {
  const lines = log.split('\n').filter((line) => line.trim() !== '')
  const line = lines.find(isPanic) ?? lines.findLast(isFatal) ?? lines.findLast(isError) ?? lines.at(-1)
  return line === undefined ? undefined : shortened(wordsOf(line))
}

/** Its first line has the reason, the many after it the stacks. */
function isPanic(line: string): boolean {
  return /^(panic|fatal error): /.test(line)
}

/** klog's F, the last words of a command, JSON lines of etcd, logfmt lines of containerd. */
function isFatal(line: string): boolean {
  return /^F\d{4} |^[Ee]rror: |"command failed"|"level":"(fatal|panic)"|level=(fatal|panic)/.test(line)
}

function isError(line: string): boolean {
  return /^E\d{4} |"level":"error"|level=error|failed|error/i.test(line)
}

/** Without times, process IDs and places in the source. */
function wordsOf(line: string): string {
  if (line.startsWith('{')) return jsonWords(line)
  const words = line.replace(/^[EFIW]\d{4} [\d:.]+ +\d+ \S+\] /, '').replace(/^[Ee]rror: /, '')
  const parts = [...words.matchAll(/(?:^|\b(?:msg|err|error)=)"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replaceAll('\\"', '"'))
  return parts.filter((part) => part !== 'command failed').join(': ') || words
}

function jsonWords(line: string): string {
  try {
    const { msg, error } = JSON.parse(line) as { msg?: string; error?: string }
    return [msg, error].filter((part) => part !== undefined).join(': ') || line
  } catch {
    return line
  }
}

function shortened(text: string): string {
  return text.length <= 400 ? text : `${text.slice(0, 399)}…`
}
