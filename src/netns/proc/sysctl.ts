import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ErrnoName } from '../../core/errno.js';
import { quote, UsageError } from '../../core/errors.js';
import { errnoOf, KernelError } from '../../core/kernel-error.js';
import { suggest } from '../../core/nearest.js';
import type { Inside } from '../inside.js';

const ROOT = '/proc/sys';

/**
 * The settings of a namespace, by the names of sysctl(8): `net.ipv4.ip_forward`. The name of an interface may hold a
 * dot; write `/` between the parts then: `net/ipv4/conf/eth0.100/forwarding`.
 */
export class Sysctl {
  readonly #inside: Pick<Inside, 'run'>;

  constructor(inside: Pick<Inside, 'run'>) {
    this.#inside = inside;
  }

  /** The text of a setting, without its newline. @throws KernelError ENOENT, EACCES for one that can only be written */
  read(name: string): string {
    const parts = toParts('Sysctl.read', name);
    return this.#attempt('read', parts, () => readFileSync(toPath(parts), 'utf8')).trimEnd();
  }

  /** A setting that is a number. @throws KernelError ENOENT @throws UsageError when it is something else */
  readNumber(name: string): number {
    const text = this.read(name);
    if (/^-?\d+$/.test(text)) return Number(text);
    throw new UsageError('Sysctl.readNumber', `${name} is ${quote(text)}, which is no number; use read()`);
  }

  /**
   * Changes a setting; several numbers are written with blanks between.
   *
   * @throws KernelError ENOENT, EINVAL for a value that the setting does not take, EACCES or EPERM for one that only
   * the machine's first namespace can change, EROFS where /proc/sys is mounted read-only, as in a container
   */
  write(name: string, value: string | number | readonly number[]): void {
    const parts = toParts('Sysctl.write', name);
    const text = toText(value);
    // With O_CREAT, a setting that there is not would be EACCES.
    this.#attempt('write', parts, () => writeFileSync(toPath(parts), text, { flag: 'r+' }), ` with ${quote(value)}`);
  }

  /** The names below one, as `write` takes them. @defaultValue all. @throws KernelError ENOENT, ENOTDIR */
  list(name = 'net'): readonly string[] {
    const parts = toParts('Sysctl.list', name);
    const read = () => readdirSync(toPath(parts), { withFileTypes: true, recursive: true });
    const files = this.#attempt('list', parts, read).filter((entry) => entry.isFile());
    return files.map((file) => toName(`${file.parentPath}/${file.name}`.slice(ROOT.length + 1).split('/'))).sort();
  }

  #attempt<T>(verb: string, parts: readonly string[], run: () => T, detail = ''): T {
    try {
      return this.#inside.run(run);
    } catch (error) {
      const code = errnoOf(error);
      if (code === undefined || error instanceof KernelError) throw error;
      throw new KernelError(code, {
        syscall: verb === 'write' ? 'write' : 'open',
        action: `${verb} sysctl ${quote(toName(parts))}${detail}`,
        ...toHint(this.#explain(code, parts)),
        cause: error,
      });
    }
  }

  #explain(code: ErrnoName, parts: readonly string[]): string | undefined {
    if (code === 'EROFS') return 'Containers mount /proc/sys read-only; run this one with --privileged';
    if (code === 'EINVAL') return `The setting does not take that value. It is ${quote(this.#readSafely(parts))} now`;
    if (code !== 'ENOENT') return undefined;
    for (let length = parts.length - 1; length > 0; length -= 1) {
      const names = this.#namesIn(parts.slice(0, length));
      if (names === undefined) continue;
      const place = toName(parts.slice(0, length));
      return `In ${quote(place)} there is no ${quote(parts[length])}${suggest(parts[length], names)}`;
    }
    return undefined;
  }

  #namesIn(parts: readonly string[]): readonly string[] | undefined {
    try {
      return this.#inside.run(() => readdirSync(toPath(parts)));
    } catch {
      return undefined;
    }
  }

  #readSafely(parts: readonly string[]): string | undefined {
    try {
      return this.#inside.run(() => readFileSync(toPath(parts), 'utf8')).trimEnd();
    } catch {
      return undefined;
    }
  }
}

function toHint(hint: string | undefined): { readonly hint?: string } {
  return hint === undefined ? {} : { hint };
}

/** As sysctl(8) reads names: the first separator decides, and the other one is a letter then. */
function toParts(subject: string, name: string): readonly string[] {
  const mistake = `name must be that of a setting of the network, such as "net.ipv4.ip_forward", not ${quote(name)}`;
  if (typeof name !== 'string' || name.includes('\0')) throw new UsageError(subject, mistake);
  const separator = /[./]/.exec(name)?.[0] ?? '.';
  const parts = name.split(separator).map((part) => (separator === '.' ? part.replaceAll('/', '.') : part));
  const [first] = parts;
  const isBelow = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isBelow || first !== 'net') {
    const isFamily = first !== undefined && ['ipv4', 'ipv6', 'core', 'netfilter', 'bridge'].includes(first);
    throw new UsageError(subject, `${mistake}${isFamily ? `. Did you mean ${JSON.stringify(`net.${name}`)}?` : ''}`);
  }
  return parts;
}

function toName(parts: readonly string[]): string {
  return parts.some((part) => part.includes('.')) ? parts.join('/') : parts.join('.');
}

function toPath(parts: readonly string[]): string {
  return [ROOT, ...parts].join('/');
}

function toText(value: string | number | readonly number[]): string {
  const isNumber = (each: unknown): boolean => typeof each === 'number' && Number.isFinite(each);
  if (Array.isArray(value) && value.length > 0 && value.every(isNumber)) return value.join(' ');
  if ((typeof value === 'string' && value !== '') || isNumber(value)) return String(value);
  throw new UsageError('Sysctl.write', `value must be a text, a number or numbers, not ${quote(value)}`);
}
