/** A time as Kubernetes' MicroTime wants it (Lease.renewTime, Event.eventTime): exactly six fraction digits. */
export function microTime(epochMs: number): string {
  const wholeMs = Math.floor(epochMs)
  const micros = Math.floor((epochMs - wholeMs) * 1000)
  return new Date(wholeMs).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`)
}
