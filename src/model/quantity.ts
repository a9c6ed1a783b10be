/** Kubernetes quantities (apimachinery, "Quantity"): 24Ki, 1.5Gi, 100m, 1e3. */
const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** The number that a quantity stands for; undefined when it is none. */
export function parseQuantity(text: string | number): number | undefined {
  const match = /^([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:([eE][+-]?[0-9]+)|([numkKMGTPE]i?|))$/.exec(String(text).trim())
  if (!match) return undefined
  const factor = match[2] === undefined ? factors[match[3] ?? ''] : Number(`1${match[2]}`)
  return factor === undefined ? undefined : Number(match[1]) * factor
}

/** Bytes as people read them, in the largest binary unit that keeps at most one decimal: 24576 -> 24Ki. */
export function formatBytes(bytes: number): string {
  const units = ['', 'Ki', 'Mi', 'Gi', 'Ti']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  const rounded = value >= 10 || Number.isInteger(value) ? Math.round(value) : Math.round(value * 10) / 10
  return `${rounded}${units[unit]}`
}
