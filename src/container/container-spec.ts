import { checkOptions, findUnknownOptions } from '../core/check-options.js';
import { quote, UsageError } from '../core/errors.js';
import type { LinePattern } from '../core/line-pattern.js';
import { findUrlMistakes } from '../process/ready/find-ready-mistakes.js';
import type { Container } from './container.js';

/** What a container is made from. */
export type ContainerImage =
  /** The name of an image, which is pulled where the engine does not have it. */
  | string
  /** A folder with a Dockerfile, or a Dockerfile, whose folder is what it may copy from. */
  | { readonly build: string }
  /** A root file system: a folder, or a tar file. */
  | { readonly rootfs: string }
  /** A tiny image of this machine's static /bin/busybox, for which no registry is needed. */
  | { readonly busybox: true };

/** A folder or file of the engine's machine, or a volume, that a container sees. */
export type ContainerMount = ({ readonly host: string } | { readonly volume: string }) & {
  readonly guest: string;
  /** @defaultValue false */
  readonly writable?: boolean;
};

/** When a container is ready. */
export type ContainerReady =
  /** It wrote a line with this in it. */
  | { readonly log: LinePattern }
  /** Something listens at this TCP port of its network namespace; the port is looked at, and never connected to. */
  | { readonly tcp: number }
  | { readonly udp: number }
  /**
   * A request is answered, with a status of 200 to 299 or that which is given. The address is one of its network namespace,
   * from where it is asked: `http://127.0.0.1:80/health`.
   */
  | { readonly http: string; readonly status?: number }
  /** The health check of its image succeeds. */
  | { readonly healthy: true }
  /** It has exited with code 0. */
  | { readonly exit: true }
  /** This gives something truthy; an exception means "not yet". */
  | { readonly until: (container: Container) => unknown };

/** What a container is to be. */
export interface ContainerSpec {
  readonly image: ContainerImage;
  /** @defaultValue what the image says; of `busybox`, to wait until it is stopped */
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingFolder?: string;
  readonly mounts?: readonly ContainerMount[];
  /** A name or number, or `user:group`. @defaultValue what the image says */
  readonly user?: string;
  /** Capabilities beside the engine's own set, such as `NET_ADMIN`. */
  readonly addCapabilities?: readonly string[];
  readonly dropCapabilities?: readonly string[];
  readonly memoryMiB?: number;
  /** How many processes it may have. */
  readonly maxProcesses?: number;
  /** A network of the engine's; with `none` a lab can give it links. @defaultValue 'none' */
  readonly network?: string;
  /** @defaultValue as soon as it runs */
  readonly ready?: ContainerReady;
}

/** How a container is started. */
export interface StartContainerOptions {
  /** For everything: pulling or building the image, starting, becoming ready. In milliseconds. @defaultValue 60000 */
  readonly timeoutMs?: number;
  /** Calls the start off; nothing half-made stays. */
  readonly signal?: AbortSignal;
}

const SPEC_FIELDS = [
  'image',
  'command',
  'env',
  'workingFolder',
  'mounts',
  'user',
  'addCapabilities',
  'dropCapabilities',
  'memoryMiB',
  'maxProcesses',
  'network',
  'ready',
];
const READY_FIELDS = ['log', 'tcp', 'udp', 'http', 'healthy', 'exit', 'until'];

/** @throws UsageError with all mistakes */
export function checkContainerSpec(spec: ContainerSpec, options: StartContainerOptions): void {
  const subject = 'startContainer';
  checkOptions(subject, spec);
  checkOptions(subject, options);
  const mistakes: string[] = [
    ...findUnknownOptions(spec, SPEC_FIELDS),
    ...findUnknownOptions(options, ['timeoutMs', 'signal']),
  ];
  const { image, command, mounts = [], memoryMiB, maxProcesses, ready, network } = spec;
  if (!isImage(image))
    mistakes.push(
      `image must be a name, { build: folder }, { rootfs: folder or tar } or { busybox: true }, not ${quote(image)}`,
    );
  if (command !== undefined && !(isWords(command) && command.length > 0))
    mistakes.push(`command must be a list of words, the program first, not ${quote(command)}`);
  if (!Array.isArray(mounts)) mistakes.push(`mounts must be a list, not ${quote(mounts)}`);
  else mistakes.push(...mounts.flatMap((mount: unknown, index) => findMountMistakes(`mounts[${index}]`, mount)));
  if (memoryMiB !== undefined && !(memoryMiB >= 6))
    mistakes.push(`memoryMiB must be at least 6, not ${quote(memoryMiB)}`);
  if (maxProcesses !== undefined && !(Number.isInteger(maxProcesses) && maxProcesses > 0))
    mistakes.push(`maxProcesses must be a whole number above 0, not ${quote(maxProcesses)}`);
  if (network !== undefined && (typeof network !== 'string' || network === ''))
    mistakes.push(`network must be a name, not ${quote(network)}`);
  mistakes.push(...findReadyMistakes(ready));
  const { timeoutMs = 1 } = options;
  if (!(Number.isFinite(timeoutMs) && timeoutMs > 0))
    mistakes.push(`timeoutMs must be a number of milliseconds above 0, not ${quote(timeoutMs)}`);
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}

function findMountMistakes(name: string, mount: unknown): readonly string[] {
  if (typeof mount !== 'object' || mount === null)
    return [`${name} must be { host, guest, writable? } or { volume, guest, writable? }, not ${quote(mount)}`];
  const { host, volume, guest }: { host?: unknown; volume?: unknown; guest?: unknown } = mount;
  const isPath = (path: unknown) => String(path).startsWith('/');
  const source =
    volume === undefined
      ? isPath(host)
        ? []
        : [`${name}.host must be an absolute path, not ${quote(host)}`]
      : host === undefined && typeof volume === 'string' && volume !== ''
        ? []
        : [`${name} must have either host, a path, or volume, a name; received ${quote(mount)}`];
  return [...source, ...(isPath(guest) ? [] : [`${name}.guest must be an absolute path, not ${quote(guest)}`])];
}

function findReadyMistakes(ready: unknown): readonly string[] {
  if (ready === undefined) return [];
  const fields = typeof ready === 'object' && ready !== null ? Object.keys(ready) : [];
  const kinds = fields.filter((name) => !(name === 'status' && fields.includes('http')));
  if (!(kinds.length === 1 && READY_FIELDS.includes(kinds[0] ?? '')))
    return [`ready must have one of ${READY_FIELDS.join(', ')}, not ${quote(ready)}`];
  const { http, tcp, udp, status }: Partial<Record<'http' | 'tcp' | 'udp' | 'status', unknown>> = Object(ready);
  const isNumber = (value: unknown, most: number) =>
    value === undefined || (Number.isInteger(value) && Number(value) > 0 && Number(value) <= most);
  return [
    ...Object.entries({ tcp, udp }).flatMap(([name, port]) =>
      isNumber(port, 0xffff) ? [] : [`ready.${name} must be a port from 1 to 65535, not ${quote(port)}`],
    ),
    ...(isNumber(status, 999) ? [] : [`ready.status must be that of an answer, such as 200, not ${quote(status)}`]),
    ...(http === undefined ? [] : findUrlMistakes(http)),
  ];
}

function isWords(value: unknown): boolean {
  return Array.isArray(value) && value.every((word) => typeof word === 'string');
}

function isImage(image: unknown): boolean {
  if (typeof image === 'string') return image !== '';
  if (typeof image !== 'object' || image === null) return false;
  const [entry, ...others] = Object.entries(image);
  if (entry === undefined || others.length > 0) return false;
  const [kind, value] = entry;
  return kind === 'busybox' ? value === true : ['build', 'rootfs'].includes(kind) && typeof value === 'string';
}
