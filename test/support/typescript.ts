/** What Node is started with to run TypeScript of the repository. */
export const TYPESCRIPT = ['--import', new URL('../../scripts/typescript-hooks.mjs', import.meta.url).href] as const;
