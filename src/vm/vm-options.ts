import { checkOptions, findUnknownOptions } from '../core/check-options.js';
import { findSpanMistakes } from '../core/clock-sleep.js';
import { quote, UsageError } from '../core/errors.js';
import type { KernelSpec } from './kernel/vm-kernel.js';
import { findNetworkMistakes, type GuestNetwork } from './network/guest-network.js';
import { type FolderShare, findShareMistakes } from './share/folder-share.js';

/** A virtual machine, as it is asked for. */
export interface VmOptions {
  /** @defaultValue `{ debian: '6.1' }` */
  readonly kernel?: KernelSpec;
  /** @defaultValue 256 */
  readonly memoryMiB?: number;
  /** Under emulation, more than one is not reliable. @defaultValue 1 */
  readonly cpus?: number;
  /** Modules that are loaded before anything else happens, with those that they need. @defaultValue [] */
  readonly modules?: readonly string[];
  /** Folders of this machine that it sees, read-only unless they are said to be writable. A snapshot of it cannot be had then. @defaultValue [] */
  readonly share?: readonly FolderShare[];
  /** The host of a lab that it is. A snapshot of it cannot be had then. @defaultValue it has no network */
  readonly network?: readonly [GuestNetwork];
  /** What runs it: `auto` is KVM where a guest boots under it. @defaultValue 'auto' */
  readonly accelerator?: 'auto' | 'kvm' | 'tcg';
  /** More words for the kernel. @defaultValue '' */
  readonly commandLine?: string;
  /** How long it may take until its agent answers, in milliseconds. @defaultValue 60000 */
  readonly timeoutMs?: number;
  /** Told what is downloaded, a line at a time; that is once for each kernel. @defaultValue nobody */
  readonly onProgress?: (line: string) => void;
  /** Calls the boot off. */
  readonly signal?: AbortSignal;
}

const NAMES = [
  'kernel',
  'memoryMiB',
  'cpus',
  'modules',
  'share',
  'network',
  'accelerator',
  'commandLine',
  'timeoutMs',
  'onProgress',
  'signal',
];
/** Less, and Debian's kernel panics before it starts anything. */
const LEAST_MEMORY_MIB = 64;
const MOST_CPUS = 64;
/** COMMAND_LINE_SIZE in arch/x86/include/asm/setup.h, less what glovebox says itself. */
const MOST_WORDS_BYTES = 1800;

/** @throws UsageError with every mistake */
export function checkVmOptions(subject: string, options: VmOptions): void {
  checkOptions(subject, options);
  const { memoryMiB, cpus, modules, accelerator, commandLine, timeoutMs, onProgress } = options;
  const mistakes = [
    ...findUnknownOptions(options, NAMES),
    ...(memoryMiB === undefined ? [] : findMemoryMistakes(memoryMiB)),
    ...(cpus === undefined || (Number.isInteger(cpus) && cpus >= 1 && cpus <= MOST_CPUS)
      ? []
      : [`cpus must be a whole number from 1 to ${MOST_CPUS}; received ${quote(cpus)}`]),
    ...findModuleMistakes(modules),
    ...findShareMistakes(options.share),
    ...findNetworkMistakes(options.network),
    ...(accelerator === undefined || ['auto', 'kvm', 'tcg'].includes(accelerator)
      ? []
      : [`accelerator must be "auto", "kvm" or "tcg"; received ${quote(accelerator)}`]),
    ...(commandLine === undefined ? [] : findCommandLineMistakes(commandLine)),
    ...(timeoutMs === undefined ? [] : findSpanMistakes('timeoutMs', timeoutMs)),
    ...(onProgress === undefined || typeof onProgress === 'function'
      ? []
      : [`onProgress must be a function; received ${quote(onProgress)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}

function findMemoryMistakes(memoryMiB: unknown): readonly string[] {
  if (typeof memoryMiB === 'number' && Number.isInteger(memoryMiB) && memoryMiB >= LEAST_MEMORY_MIB) return [];
  return [
    `memoryMiB must be a whole number, ${LEAST_MEMORY_MIB} or more, for a kernel needs that to start; received ${quote(memoryMiB)}`,
  ];
}

function findModuleMistakes(modules: unknown): readonly string[] {
  if (modules === undefined) return [];
  if (!Array.isArray(modules))
    return [`modules must be an array of names, such as ["veth"]; received ${quote(modules)}`];
  return modules.flatMap((each: unknown, index) =>
    typeof each === 'string' && /^[\w-]+$/.test(each)
      ? []
      : [`modules[${index}] must be the name of a module, such as "sch_netem"; received ${quote(each)}`],
  );
}

function findCommandLineMistakes(commandLine: unknown): readonly string[] {
  if (typeof commandLine !== 'string' || /[\0\n]/.test(commandLine))
    return [`commandLine must be words on one line; received ${quote(commandLine)}`];
  return Buffer.byteLength(commandLine) <= MOST_WORDS_BYTES
    ? []
    : [`commandLine must have at most ${MOST_WORDS_BYTES} bytes; received ${Buffer.byteLength(commandLine)}`];
}
