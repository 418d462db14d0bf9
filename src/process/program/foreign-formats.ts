import { extname, join } from 'node:path';
import { listNames, readText } from '../proc/read-proc.js';

/** Where the kernel lists the formats that it was told of: Documentation/admin-guide/binfmt-misc.rst. */
const REGISTERED = '/proc/sys/fs/binfmt_misc';

/**
 * Whether the kernel was told who runs a file: an emulator, say, or Python. It goes by the file's first bytes, or by what its
 * name ends in (fs/binfmt_misc.c, search_binfmt_handler).
 */
export function isForeignFormat(file: string, head: Uint8Array, registered = REGISTERED): boolean {
  if (readText(join(registered, 'status'))?.trim() !== 'enabled') return false;
  return listNames(registered).some((name) => isMeant(readText(join(registered, name)) ?? '', file, head));
}

/** Whether an entry is for a file: lines of a word and its value, the first of which says whether it counts. */
function isMeant(entry: string, file: string, head: Uint8Array): boolean {
  const [state, ...lines] = entry.split('\n');
  if (state !== 'enabled') return false;
  const fields = new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
  const extension = fields.get('extension');
  if (extension !== undefined) return extname(file) === extension;
  const magic = Buffer.from(fields.get('magic') ?? '', 'hex');
  const mask = Buffer.from(fields.get('mask') ?? '', 'hex');
  const offset = Number(fields.get('offset') ?? 0);
  return magic.length > 0 && magic.every((byte, at) => (((head[offset + at] ?? 0) ^ byte) & (mask[at] ?? 0xff)) === 0);
}
