import { constants } from 'node:os';
import process from 'node:process';
import type { TerminalSize } from '../../../container/attached-container.js';
import { UnsupportedError, UsageError } from '../../../core/errors.js';
import { isInUserNamespace } from '../../../native/user-namespace.js';
import { indexModules } from '../../../vm/kernel/index-modules.js';
import type { KernelSpec } from '../../../vm/kernel/vm-kernel.js';
import { Vm } from '../../../vm/vm.js';
import type { VmProcess } from '../../../vm/vm-process.js';
import { findWritableFolders } from '../find-writable-folders.js';
import { followSize } from '../follow-size.js';
import { givingBack } from '../giving-back.js';
import { findProject } from '../root/find-project.js';
import { runWithSignals, type SignalsOfARun } from '../signals-of-a-run.js';
import { BROKEN_PIPE_EXIT_CODE, untilOutputBreaks } from '../until-output-breaks.js';
import { planGuestEnvironment } from './guest-environment.js';
import { relayStreams } from './relay-streams.js';

/** How {@link runInVm} runs. */
export interface RunInVmOptions {
  readonly kernel: KernelSpec;
  readonly memoryMiB: number;
  /** Folders that the command may change; all else it changes is forgotten. */
  readonly writable: readonly string[];
  readonly modules: readonly string[];
  /** Variables of the environment beside the usual. */
  readonly keep: readonly string[];
  /** Tells what takes how long. */
  readonly onPhase: (name: string) => void;
}

/** What tests of networks use, for a kernel whose other modules the guest cannot load by itself. */
const USUAL_MODULES = ['veth', 'bridge', 'dummy', 'tun', 'sch_netem', 'nf_tables'];

/** This machine's files below what the guest changes, which is kept in its memory; the folders that it may change above both. */
const SET_UP = `set -e
modules=$1; shift
mkdir -p /changes /root-of-host
mount -t tmpfs -o size=75% changes /changes
mkdir /changes/upper /changes/work
mount -t overlay -o lowerdir=/host,upperdir=/changes/upper,workdir=/changes/work overlay /root-of-host
for folder in proc sys dev; do mkdir -p /root-of-host/$folder; mount --rbind /$folder /root-of-host/$folder; done
mkdir -p /root-of-host/run; mount -t tmpfs run /root-of-host/run
for folder in "$@"; do mount --bind "/host$folder" "/root-of-host$folder"; done
if [ -e "/host$modules/modules.dep" ] && [ -n "$modules" ]; then
  mkdir -p /lib/modules "/root-of-host/lib/modules/$(uname -r)"
  ln -s "/host$modules" "/lib/modules/$(uname -r)"
  mount --bind "/host$modules" "/root-of-host/lib/modules/$(uname -r)"
fi
ip link set lo up`;

/** In a mount namespace of its own, so that the root is a real one: what is in a chroot may make no user namespace. */
const RUN = `cd /root-of-host && mount --move . / && exec chroot . /bin/sh -c 'ulimit -l unlimited 2>/dev/null; cd "$0" && exec "$@"' "$@"`;

/**
 * Runs a command in a virtual machine that sees this machine's files, read-only below changes that are forgotten, in the
 * same folder and with the same programs. The machine ends with this process, however that ends.
 *
 * @returns the exit code; 128 and its number for a signal
 * @throws UnsupportedError for an ordinary user, without QEMU or virtiofsd @throws VmError when the guest is lost: out of memory, panic
 */
export function runInVm(command: readonly string[], options: RunInVmOptions): Promise<number> {
  return runWithSignals(async (signals) => {
    refuseOrdinaryUsers();
    const writable = findWritableFolders(options.writable);
    const cwd = process.cwd();
    return givingBack({ folders: writable, whose: findProject(cwd) ?? cwd }, () =>
      run(command, { ...options, writable }, signals),
    );
  });
}

async function run(command: readonly string[], options: RunInVmOptions, signals: SignalsOfARun): Promise<number> {
  const { kernel, memoryMiB, modules, keep, onPhase, writable } = options;
  const share = [{ host: '/', guest: '/host', writable }];
  await using vm = await Vm.boot({
    kernel,
    memoryMiB,
    modules: ['overlay', ...modules],
    share,
    // The first time, it takes longer than anybody waits for without a word.
    onProgress: (line) => console.error(`glovebox run: ${line}`),
    signal: signals.signal,
  });
  onPhase('boot');
  const hasIndex = await indexModules(vm.kernel);
  if (!hasIndex) await loadUsualModules(vm);
  onPhase('modules');
  const modulesFolder = hasIndex ? (vm.kernel.modulesFolder ?? '') : '';
  await vm.run('/bin/sh', ['-c', SET_UP, 'sh', modulesFolder, ...writable]);
  onPhase('files');
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const program = vm.spawn('unshare', ['-m', '/bin/sh', '-c', RUN, 'sh', process.cwd(), ...command], {
    env: planGuestEnvironment(process.env, { accelerator: vm.accelerator, keep }),
    ...(isTerminal ? { pty: { rows: process.stdout.rows, columns: process.stdout.columns } } : {}),
  });
  signals.sendTo((name) => program.signal(name));
  const stopFollowing = isTerminal ? followSize((size) => resizeTerminal(vm, program, size)) : undefined;
  try {
    const exit = await untilOutputBreaks(relayStreams(program, { isTerminal }));
    onPhase('command');
    if (exit === undefined) return BROKEN_PIPE_EXIT_CODE;
    return exit.code ?? 128 + constants.signals[exit.signal ?? 'SIGKILL'];
  } finally {
    stopFollowing?.();
  }
}

/** The guest's kernel tells who reads from the terminal, by SIGWINCH. */
async function resizeTerminal(vm: Vm, program: VmProcess, { rows, columns }: TerminalSize): Promise<void> {
  const words = [rows, columns, await program.started].map(String);
  // What has ended meanwhile has no terminal.
  await vm
    .run('/bin/sh', ['-c', 'stty rows "$1" cols "$2" < "/proc/$3/fd/0"', 'sh', ...words], { allowFailure: true })
    .catch(() => {});
}

async function loadUsualModules(vm: Vm): Promise<void> {
  for (const name of USUAL_MODULES) {
    try {
      await vm.loadModules([name]);
    } catch (error) {
      // Not every kernel has each.
      if (!(error instanceof UsageError)) throw error;
    }
  }
}

/** overlayfs opens what is below it with O_NOATIME, which the host allows the owner of a file and root alone. */
function refuseOrdinaryUsers(): void {
  if (process.geteuid?.() === 0 && !isInUserNamespace()) return;
  throw new UnsupportedError({
    capability: 'glovebox run --as vm for an ordinary user',
    reason: "the machine would read other users' files, which virtiofsd may do as root alone",
    fix: 'npx glovebox run --as root -- npx glovebox run --as vm -- …',
  });
}
