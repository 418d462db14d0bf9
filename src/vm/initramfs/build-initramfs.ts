import { posix } from 'node:path';
import { quote, UsageError } from '../../core/errors.js';
import type { ModuleFile } from '../kernel/vm-kernel.js';
import type { Busybox } from './busybox.js';
import { type CpioEntry, encodeCpio } from './encode-cpio.js';

/** A file of a machine's first root: what is in it, or where it leads. */
export type InitramfsFile =
  | { readonly content: Uint8Array | string /** @defaultValue 0o644 */; readonly mode?: number }
  | { readonly link: string };

/** What a machine starts with. */
export interface InitramfsOptions {
  /** The program that is `/init`. */
  readonly agent: Uint8Array;
  /** In the order in which they are loaded; they become `/glovebox/modules/00-name.ko` and so on. */
  readonly modules: readonly ModuleFile[];
  /** Shell and tools, each a link to `/bin/busybox`. @defaultValue none */
  readonly userland?: Busybox;
  /** Further files, by absolute path; one replaces a link of {@link userland}. @defaultValue none */
  readonly files?: Readonly<Record<string, InitramfsFile>>;
}

const FOLDERS = ['dev', 'proc', 'sys', 'tmp', 'run', 'root', 'glovebox/modules'];
/** Where both are one, programs are found by either path. */
const LINKS = { sbin: 'bin', 'usr/bin': '../bin', 'usr/sbin': '../bin' };

/**
 * The archive that a machine's kernel unpacks and starts `/init` of.
 *
 * @throws UsageError with every path that cannot be
 */
export function buildInitramfs(options: InitramfsOptions): Uint8Array {
  const { agent, modules, userland, files = {} } = options;
  checkPaths(files);
  const entries = new Map<string, CpioEntry>();
  const add = (entry: CpioEntry): void => {
    for (const folder of foldersOf(entry.path))
      if (!entries.has(folder)) entries.set(folder, { path: folder, mode: 0o040755 });
    entries.set(entry.path, entry);
  };
  for (const path of FOLDERS) add({ path, mode: 0o040755 });
  for (const [path, target] of Object.entries(LINKS)) add(link(path, target));
  // The kernel opens it for /init before anything can be mounted.
  add({ path: 'dev/console', mode: 0o020600, device: { major: 5, minor: 1 } });
  add({ path: 'init', mode: 0o100755, content: agent });
  const digits = Math.max(2, String(modules.length).length);
  modules.forEach(({ name, content }, index) => {
    add({ path: `glovebox/modules/${String(index).padStart(digits, '0')}-${name}.ko`, mode: 0o100644, content });
  });
  if (userland !== undefined) {
    add({ path: 'bin/busybox', mode: 0o100755, content: userland.content });
    for (const applet of userland.applets) if (applet !== 'busybox') add(link(`bin/${applet}`, 'busybox'));
  }
  for (const [path, file] of Object.entries(files)) add(toEntry(resolveFolderLinks(path.slice(1)), file));
  return encodeCpio([...entries.values()]);
}

function toEntry(path: string, file: InitramfsFile): CpioEntry {
  if ('link' in file) return link(path, file.link);
  const { content, mode = 0o644 } = file;
  return { path, mode: 0o100000 | mode, content: typeof content === 'string' ? Buffer.from(content) : content };
}

function link(path: string, target: string): CpioEntry {
  return { path, mode: 0o120777, content: Buffer.from(target) };
}

/** A file in a folder that is a link would be one in a folder that hides it. */
function resolveFolderLinks(path: string): string {
  return path.replace(/^(?:usr\/)?s?bin\//, 'bin/');
}

function foldersOf(path: string): readonly string[] {
  const words = path.split('/').slice(0, -1);
  return words.map((_, index) => words.slice(0, index + 1).join('/'));
}

function checkPaths(files: Readonly<Record<string, InitramfsFile>>): void {
  const wrong = Object.keys(files).filter(
    (path) =>
      !path.startsWith('/') ||
      path === '/' ||
      path.includes('\0') ||
      posix.normalize(path) !== path ||
      path.endsWith('/'),
  );
  const taken = Object.keys(files).filter((path) => path === '/init' || path === '/dev/console');
  const mistakes = [
    ...wrong.map((path) => `files ${quote(path)} must be an absolute path of a file, such as "/etc/hosts"`),
    ...taken.map((path) => `files ${quote(path)} is glovebox's own`),
  ];
  if (mistakes.length > 0) throw new UsageError('buildInitramfs', mistakes);
}
