import manifest from '../package.json' with { type: 'json' }

/** The version of this project, as its package.json says it. */
export const version: string = manifest.version
