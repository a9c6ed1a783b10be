/**
 * The section of the changelog about a version, without its heading.
 *
 * @throws Error where the changelog has no such section, or nothing in it
 */
export function releaseNotes(changelog: string, version: string): string {
  const [, ...sections] = changelog.split(/^## /m)
  const section = sections.find((one) => one.startsWith(`[${version}]`))
  if (section === undefined)
    throw new Error(`CHANGELOG.md has no section "## [${version}]": write one, or correct the version in package.json`)
  const text = section.slice(section.indexOf('\n')).trim()
  if (text === '') throw new Error(`the section "## [${version}]" of CHANGELOG.md is empty`)
  return `${text}\n`
}
