// What differs between processors: numbers of system calls, the call itself, the entry, and a vfork with a stack of its own.
// The numbers: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
#ifndef ARCH_H
#define ARCH_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int s32;
typedef unsigned long u64;
typedef long s64;

#if defined(__x86_64__)
enum { SYS_read = 0, SYS_write = 1, SYS_close = 3, SYS_rt_sigprocmask = 14, SYS_ioctl = 16, SYS_getpid = 39, SYS_socket = 41,
  SYS_sendto = 44, SYS_recvfrom = 45, SYS_clone = 56, SYS_execve = 59, SYS_wait4 = 61, SYS_kill = 62, SYS_uname = 63,
  SYS_fcntl = 72, SYS_chdir = 80, SYS_fchmod = 91, SYS_setuid = 105, SYS_setgid = 106, SYS_setsid = 112, SYS_setgroups = 116, SYS_prctl = 157,
  SYS_sync = 162, SYS_mount = 165, SYS_reboot = 169, SYS_sethostname = 170, SYS_getdents64 = 217, SYS_clock_settime = 227,
  SYS_clock_gettime = 228, SYS_exit_group = 231, SYS_openat = 257, SYS_mkdirat = 258, SYS_symlinkat = 266, SYS_ppoll = 271,
  SYS_signalfd4 = 289, SYS_dup3 = 292, SYS_pipe2 = 293, SYS_finit_module = 313 };
#define O_DIRECTORY 0200000

static s64 call6(s64 number, s64 a, s64 b, s64 c, s64 d, s64 e, s64 f) {
  s64 result;
  register s64 r10 __asm__("r10") = d;
  register s64 r8 __asm__("r8") = e;
  register s64 r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

__asm__(".globl _start\n_start:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call start\n hlt\n");
// s64 vfork_into(flags, stackTop, function, argument): the child runs function(argument) on the stack and never returns.
__asm__(".globl vfork_into\nvfork_into:\n mov %rdx,%r8\n mov %rcx,%r9\n xor %edx,%edx\n xor %r10d,%r10d\n"
        " mov $56,%eax\n syscall\n test %eax,%eax\n jnz 1f\n xor %ebp,%ebp\n mov %r9,%rdi\n call *%r8\n hlt\n1: ret\n");

#elif defined(__aarch64__)
enum { SYS_dup3 = 24, SYS_fcntl = 25, SYS_ioctl = 29, SYS_mkdirat = 34, SYS_symlinkat = 36, SYS_mount = 40, SYS_chdir = 49, SYS_fchmod = 52,
  SYS_openat = 56, SYS_close = 57, SYS_pipe2 = 59, SYS_getdents64 = 61, SYS_read = 63, SYS_write = 64, SYS_ppoll = 73,
  SYS_signalfd4 = 74, SYS_sync = 81, SYS_exit_group = 94, SYS_clock_settime = 112, SYS_clock_gettime = 113, SYS_kill = 129,
  SYS_rt_sigprocmask = 135, SYS_reboot = 142, SYS_setgid = 144, SYS_setuid = 146, SYS_setsid = 157, SYS_setgroups = 159,
  SYS_uname = 160, SYS_sethostname = 161, SYS_prctl = 167, SYS_getpid = 172, SYS_socket = 198, SYS_sendto = 206,
  SYS_recvfrom = 207, SYS_clone = 220, SYS_execve = 221, SYS_wait4 = 260, SYS_finit_module = 273 };
#define O_DIRECTORY 040000

static s64 call6(s64 number, s64 a, s64 b, s64 c, s64 d, s64 e, s64 f) {
  register s64 x8 __asm__("x8") = number;
  register s64 x0 __asm__("x0") = a;
  register s64 x1 __asm__("x1") = b;
  register s64 x2 __asm__("x2") = c;
  register s64 x3 __asm__("x3") = d;
  register s64 x4 __asm__("x4") = e;
  register s64 x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}

__asm__(".globl _start\n_start:\n mov x29,xzr\n mov x30,xzr\n mov x0,sp\n bl start\n brk 1\n");
__asm__(".globl vfork_into\nvfork_into:\n mov x9,x2\n mov x10,x3\n mov x2,xzr\n mov x3,xzr\n mov x4,xzr\n mov x8,220\n svc 0\n"
        " cbnz x0,1f\n mov x29,xzr\n mov x0,x10\n blr x9\n brk 1\n1: ret\n");
#else
#error "only x86-64 and aarch64"
#endif

s64 vfork_into(u64 flags, void *stack_top, void (*function)(void *), void *argument);

#endif
