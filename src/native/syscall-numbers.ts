/** The system calls in use, as [x86-64, arm64]: arch/x86/entry/syscalls/syscall_64.tbl, scripts/syscall.tbl. */
const TABLE = {
  read: [0, 63],
  write: [1, 64],
  close: [3, 57],
  ioctl: [16, 29],
  mmap: [9, 222],
  munmap: [11, 215],
  socket: [41, 198],
  connect: [42, 203],
  sendto: [44, 206],
  recvfrom: [45, 207],
  sendmsg: [46, 211],
  recvmsg: [47, 212],
  bind: [49, 200],
  listen: [50, 201],
  getsockname: [51, 204],
  socketpair: [53, 199],
  setsockopt: [54, 208],
  getsockopt: [55, 209],
  fcntl: [72, 25],
  flock: [73, 32],
  capget: [125, 90],
  capset: [126, 91],
  gettid: [186, 178],
  openat: [257, 56],
  ppoll: [271, 73],
  unshare: [272, 97],
  eventfd2: [290, 19],
  pipe2: [293, 59],
  perf_event_open: [298, 241],
  recvmmsg: [299, 243],
  prlimit64: [302, 261],
  sendmmsg: [307, 269],
  setns: [308, 268],
  bpf: [321, 280],
  prctl: [157, 167],
  pidfd_send_signal: [424, 424],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  pidfd_open: [434, 434],
  pidfd_getfd: [438, 438],
} as const satisfies Readonly<Record<string, readonly [x64: number, arm64: number]>>;

/** The name of a system call that glovebox makes. */
export type SyscallName = keyof typeof TABLE;

/** The processors, as Node names them, that the table has numbers for. */
export const ARCHITECTURES = ['x64', 'arm64'] as const;

/** The number of a system call on one of {@link ARCHITECTURES}. */
export function syscallNumber(name: SyscallName, architecture: (typeof ARCHITECTURES)[number]): number {
  const [x64, arm64] = TABLE[name];
  return architecture === 'x64' ? x64 : arm64;
}
