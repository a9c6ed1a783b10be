/** What stands behind the last colon of a reference of an image: its tag, or the hash of its digest. */
export function tagOf(image: string): string {
  return image.slice(image.lastIndexOf(':') + 1)
}
