/** A value in the words of one of Grafana's units, short. */
export function inUnit(value: number, unit = 'short'): string {
  switch (unit) {
    case 'bytes':
      return scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB'])
    case 'Bps':
      return scaled(value, 1000, ['B/s', 'kB/s', 'MB/s', 'GB/s'])
    case 's':
      return seconds(value)
    case 'percentunit':
      return `${number(value * 100)}%`
    default:
      return scaled(value, 1000, ['', 'K', 'M', 'G'])
  }
}

function seconds(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0 s'
  if (size < 1e-3) return `${number(value * 1e6)} µs`
  if (size < 1) return `${number(value * 1000)} ms`
  if (size < 120) return `${number(value)} s`
  if (size < 7200) return `${number(value / 60)} min`
  if (size < 172_800) return `${number(value / 3600)} h`
  return `${number(value / 86_400)} d`
}

function scaled(value: number, base: number, names: readonly string[]): string {
  let step = 0
  for (let rest = Math.abs(value); rest >= base && step < names.length - 1; rest /= base) step += 1
  return `${number(value / base ** step)}${names[step] === '' ? '' : ` ${names[step]}`}`
}

/** Three digits that count. */
function number(value: number): string {
  return String(Number(value.toPrecision(3)))
}
