import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * A file of /proc, or of another file system of the kernel's; `undefined` where there is none: whoever is looked at may
 * end meanwhile, or be another user's.
 */
export function readText(path: string): string | undefined {
  return attempt(() => readFileSync(path, 'utf8'));
}

/** What a link of /proc leads to; `undefined` as {@link readText} says. */
export function readLink(path: string): string | undefined {
  return attempt(() => readlinkSync(path));
}

/** What is in a folder of /proc; nothing as {@link readText} says. */
export function listNames(path: string): readonly string[] {
  return attempt(() => readdirSync(path)) ?? [];
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
