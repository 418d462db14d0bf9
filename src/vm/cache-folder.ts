import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import process from 'node:process';

/** Where glovebox keeps what it has downloaded: `$GLOVEBOX_CACHE`, `$XDG_CACHE_HOME/glovebox` or `~/.cache/glovebox`. Nothing is made. */
export function locateCache(): string {
  const { GLOVEBOX_CACHE: own = '', XDG_CACHE_HOME: shared = '' } = process.env;
  if (own !== '') return isAbsolute(own) ? own : join(process.cwd(), own);
  // The XDG specification has relative paths passed over.
  return isAbsolute(shared) ? join(shared, 'glovebox') : join(homedir(), '.cache', 'glovebox');
}
