// The system calls that the agent uses, and the few functions that a C library would have.
#ifndef SYSTEM_H
#define SYSTEM_H
#include "arch.h"

enum { EAGAIN_ = 11, ENOENT_ = 2, EINTR_ = 4, EIO_ = 5, EACCES_ = 13, EINVAL_ = 22, ENFILE_ = 23, EPIPE_ = 32, ENAMETOOLONG_ = 36,
  ENOSYS_ = 38 };
enum { O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_NOCTTY = 0400, O_TRUNC = 01000, O_APPEND = 02000,
  O_NONBLOCK = 04000, O_CLOEXEC = 02000000 };
enum { POLLIN = 1, POLLOUT = 4, POLLERR = 8, POLLHUP = 16 };
#define AT_FDCWD (-100)

typedef struct { s32 fd; u16 events, revents; } Poll;
typedef struct { s64 seconds, nanoseconds; } Time;

#define call(n, a, b, c) call6(n, (s64)(a), (s64)(b), (s64)(c), 0, 0, 0)

void *memcpy(void *to, const void *from, u64 size) {
  u8 *t = to;
  const u8 *f = from;
  for (; size >= 8; size -= 8, t += 8, f += 8) *(u64 __attribute__((may_alias, aligned(1))) *)t = *(const u64 __attribute__((may_alias, aligned(1))) *)f;
  while (size--) *t++ = *f++;
  return to;
}
void *memmove(void *to, const void *from, u64 size) {
  u8 *t = to;
  const u8 *f = from;
  if (t <= f || t >= f + size) return memcpy(to, from, size);
  while (size--) t[size] = f[size];
  return to;
}
void *memset(void *to, int value, u64 size) {
  u8 *t = to;
  while (size--) *t++ = (u8)value;
  return to;
}
static u64 length(const char *text) {
  u64 n = 0;
  while (text[n]) n++;
  return n;
}
static int compare(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (u8)*a - (u8)*b;
}
static int starts_with(const char *text, const char *prefix) {
  while (*prefix) if (*text++ != *prefix++) return 0;
  return 1;
}
static char *append(char *to, const char *text) {
  while (*text) *to++ = *text++;
  *to = 0;
  return to;
}
static char *append_number(char *to, s64 value) {
  char digits[24];
  int n = 0;
  if (value < 0) *to++ = '-', value = -value;
  do digits[n++] = (char)('0' + value % 10), value /= 10; while (value);
  while (n) *to++ = digits[--n];
  *to = 0;
  return to;
}

static s32 open_file(const char *path, int flags, int mode) {
  return (s32)call6(SYS_openat, AT_FDCWD, (s64)path, flags | O_CLOEXEC, mode, 0, 0);
}
static void close_file(s32 *fd) {
  if (*fd >= 0) call(SYS_close, *fd, 0, 0);
  *fd = -1;
}
static s64 read_file(s32 fd, void *to, u64 size) {
  s64 n;
  do n = call(SYS_read, fd, to, size); while (n == -EINTR_);
  return n;
}
static s64 write_file(s32 fd, const void *from, u64 size) {
  s64 n;
  do n = call(SYS_write, fd, from, size); while (n == -EINTR_);
  return n;
}
static s64 mount_at(const char *source, const char *target, const char *type, u64 flags, const char *data) {
  return call6(SYS_mount, (s64)source, (s64)target, (s64)type, (s64)flags, (s64)data, 0);
}
static u64 read_clock(int clock) {
  Time t = {0, 0};
  call(SYS_clock_gettime, clock, &t, 0);
  return (u64)t.seconds * 1000000000ul + (u64)t.nanoseconds;
}
static void sleep_ms(int ms) {
  Time t = {0, ms * 1000000l};
  call6(SYS_ppoll, 0, 0, (s64)&t, 0, 8, 0);
}
// One line to the console, where a person looks for what went wrong; never to the port.
static void say(const char *what, const char *subject, s64 error) {
  char line[512];
  char *end = append(line, "glovebox agent: ");
  end = append(end, what);
  if (subject && length(subject) < 300) *end++ = ' ', end = append(end, subject);
  if (error < 0) end = append_number(append(end, ": errno "), -error);
  *end++ = '\n';
  s32 fd = open_file("/dev/console", O_WRONLY | O_NOCTTY | O_NONBLOCK, 0);
  if (fd < 0) fd = 2;
  write_file(fd, line, (u64)(end - line));
  if (fd != 2) close_file(&fd);
}
#endif
