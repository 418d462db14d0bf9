import koffi from 'koffi';
import { SystemError } from '../errors.ts';

/** A number, the address of memory, memory itself, or none. */
export type Argument = number | bigint | Uint8Array | null;

const library = koffi.load(null);
const functions = new Map<string, (...args: readonly Argument[]) => number | bigint>();

/** The functions of libc that are used, as C declares them. */
const DECLARATIONS = {
  accept4: 'int accept4(int fd, void *address, void *length, int flags)',
  bind: 'int bind(int fd, const void *address, uint32_t length)',
  close: 'int close(int fd)',
  connect: 'int connect(int fd, const void *address, uint32_t length)',
  getsockopt: 'int getsockopt(int fd, int level, int option, void *value, void *length)',
  ioctl: 'int ioctl(int fd, unsigned long request, void *argument)',
  listen: 'int listen(int fd, int backlog)',
  mmap: 'int64_t mmap(int64_t address, size_t length, int protection, int flags, int fd, int64_t offset)',
  munmap: 'int munmap(int64_t address, size_t length)',
  poll: 'int poll(int64_t fds, unsigned long count, int timeoutMs)',
  recv: 'long recv(int fd, int64_t buffer, size_t length, int flags)',
  recvmmsg: 'int recvmmsg(int fd, int64_t messages, unsigned int count, int flags, int64_t timeout)',
  send: 'long send(int fd, int64_t buffer, size_t length, int flags)',
  sendmmsg: 'int sendmmsg(int fd, int64_t messages, unsigned int count, int flags)',
  setsockopt: 'int setsockopt(int fd, int level, int option, const void *value, uint32_t length)',
  socket: 'int socket(int family, int type, int protocol)',
} as const;

/** Calls a function of libc. Answers what it does, or the error number below zero; EINTR is tried again. */
export function call(name: keyof typeof DECLARATIONS, ...args: readonly Argument[]): number {
  let run = functions.get(name);
  if (run === undefined) {
    run = library.func(DECLARATIONS[name]);
    functions.set(name, run);
  }
  for (;;) {
    const result = Number(run(...args));
    if (result !== -1) return result;
    const errno = koffi.errno();
    if (errno !== EINTR) return -errno;
  }
}

/** The result of a {@link call} that has to succeed. @throws SystemError */
export function check(result: number, syscall: string, action: string): number {
  if (result < 0) throw new SystemError(-result, syscall, action);
  return result;
}

/** The address of memory. It must be of an ArrayBuffer of its own: V8 moves small ones. */
export function addressOf(memory: Uint8Array): bigint {
  return koffi.address(memory);
}

/** The memory at an address. */
export function viewMemory(address: number, bytes: number): ArrayBuffer {
  return koffi.view(BigInt(address), bytes);
}

const EINTR = 4;
/** include/uapi/asm-generic/errno-base.h: a socket would have to be waited for. */
export const EAGAIN = 11;
