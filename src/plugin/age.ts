/**
 * A time span as kubectl prints ages (apimachinery, duration.HumanDuration): 14s, 5m, 3h20m, 2d4h, 82d.
 * Negative spans, of a clock that is behind, count as 0s.
 */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  if (seconds < 120) return `${seconds}s`
  if (minutes < 10) return both(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  if (hours < 8) return both(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  if (hours < 192) return both(days, 'd', hours % 24, 'h')
  if (days < 730) return `${days}d`
  const years = Math.floor(days / 365)
  return years < 8 ? both(years, 'y', days % 365, 'd') : `${years}y`
}

/** How long ago an RFC 3339 time is; empty where there is none. */
export function since(time: string | undefined, now: number): string {
  const at = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(at) ? '' : formatAge(now - at)
}

/** How far away an RFC 3339 time is; empty where there is none. */
export function until(time: string | undefined, now: number): string {
  const at = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(at) ? '' : formatAge(at - now)
}

function both(major: number, majorUnit: string, minor: number, minorUnit: string): string {
  return minor === 0 ? `${major}${majorUnit}` : `${major}${majorUnit}${minor}${minorUnit}`
}
