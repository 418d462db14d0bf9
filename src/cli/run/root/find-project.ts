import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The project that a folder belongs to: the nearest one above with `.git`, else the nearest with a `package.json`.
 *
 * @param uid - Whose the project has to be. @defaultValue anybody's
 */
export function findProject(folder: string, uid?: number): string | undefined {
  const above: string[] = [];
  for (let each = folder; ; each = dirname(each)) {
    above.push(each);
    if (dirname(each) === each) break;
  }
  const own = above.filter((each) => uid === undefined || statSync(each).uid === uid);
  return ['.git', 'package.json']
    .map((mark) => own.find((each) => existsSync(join(each, mark))))
    .find((found) => found !== undefined);
}
