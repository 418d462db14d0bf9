// What a frame of the client's does: programs, files, and single requests of the kernel.
#ifndef COMMANDS_H
#define COMMANDS_H
#include "frame.h"

enum { SLOTS = 64, INPUT = 64 * 1024, MAX_STRINGS = 4096 };
enum { FLAG_PTY = 1, FLAG_NO_INPUT = 2, FLAG_USER = 4 };
enum { STAGE_SLOT = 1, STAGE_PIPE, STAGE_CWD, STAGE_USER, STAGE_PROGRAM, STAGE_OPEN, STAGE_WRITE, STAGE_READ, STAGE_REQUEST };

// A program, a file being written (input only) or a file being read (out[0] only).
typedef struct {
  u8 used, orphan, is_file, is_pty, input_ends;
  u32 id;
  s32 pid, input_fd, out[2];
  u32 credit[2];
  u32 input_start, input_end;
  u8 input[INPUT];
} Slot;

static Slot slots[SLOTS];
static int is_init;

static Slot *find_slot(u32 id) {
  for (int i = 0; i < SLOTS; i++) if (slots[i].used && !slots[i].orphan && slots[i].id == id) return &slots[i];
  return 0;
}
static Slot *take_slot(u32 id) {
  for (int i = 0; i < SLOTS; i++) {
    Slot *s = &slots[i];
    if (s->used) continue;
    s->used = 1;
    s->orphan = s->is_file = s->is_pty = s->input_ends = 0;
    s->id = id;
    s->pid = 0;
    s->input_fd = s->out[0] = s->out[1] = -1;
    s->credit[0] = s->credit[1] = WINDOW;
    s->input_start = s->input_end = 0;
    return s;
  }
  send_result(id, -ENFILE_, STAGE_SLOT);
  return 0;
}
static void drop_slot(Slot *s) {
  close_file(&s->input_fd);
  close_file(&s->out[0]);
  close_file(&s->out[1]);
  if (!s->pid) s->used = 0;
}
static void drop_if_done(Slot *s) {
  if (!s->pid && s->input_fd < 0 && s->out[0] < 0 && s->out[1] < 0) s->used = 0;
}

// ---- programs

typedef struct {
  const char *cwd, **argv, **envp;
  u32 flags, uid, gid;
  s32 fds[3];
  volatile s32 error, stage;
} Launch;

static void fail_launch(Launch *l, s64 error, s32 stage) {
  l->error = (s32)-error;
  l->stage = stage;
  call(SYS_exit_group, 127, 0, 0);
}

// The search of execvp(3): the environment's own PATH; EACCES only if nothing better is found.
static s64 execute(Launch *l) {
  const char *name = l->argv[0], *path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (const char *p = name; *p; p++) if (*p == '/') return call(SYS_execve, name, l->argv, l->envp);
  for (const char **e = l->envp; *e; e++) if (starts_with(*e, "PATH=")) path = *e + 5;
  s64 best = -ENOENT_;
  if (!*name) return best;
  char file[4096];
  for (;;) {
    u64 n = 0;
    while (path[n] && path[n] != ':') n++;
    if (n + length(name) + 2 < sizeof file) {
      memcpy(file, path, n);
      file[n] = n ? '/' : 0;
      append(file + (n ? n + 1 : 0), name);
      s64 error = call(SYS_execve, file, l->argv, l->envp);
      if (error == -EACCES_) best = error;
      else if (error != -ENOENT_ && error != -20) return error;
    }
    if (!path[n]) return best;
    path += n + 1;
  }
}

static void run_child(void *argument) {
  Launch *l = argument;
  u64 none = 0;
  call(SYS_setsid, 0, 0, 0);
  for (int i = 0; i < 3; i++) call(SYS_dup3, l->fds[i], i, 0);
  if (l->flags & FLAG_PTY) call(SYS_ioctl, 0, 0x540e /* TIOCSCTTY */, 0);
  if (*l->cwd) {
    s64 error = call(SYS_chdir, l->cwd, 0, 0);
    if (error < 0) fail_launch(l, error, STAGE_CWD);
  }
  if (l->flags & FLAG_USER) {
    s64 error = call(SYS_setgroups, 0, 0, 0);
    if (error >= 0) error = call(SYS_setgid, l->gid, 0, 0);
    if (error >= 0) error = call(SYS_setuid, l->uid, 0, 0);
    if (error < 0) fail_launch(l, error, STAGE_USER);
  }
  call6(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, (s64)&none, 0, 8, 0, 0);
  fail_launch(l, execute(l), STAGE_PROGRAM);
}

static s64 open_pty(Slot *s, Launch *l, u32 size) {
  s32 master = open_file("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
  if (master < 0) return master;
  int unlock = 0;
  u16 window[4] = {(u16)size, (u16)(size >> 16), 0, 0};
  call(SYS_ioctl, master, 0x40045431 /* TIOCSPTLCK */, &unlock);
  call(SYS_ioctl, master, 0x5414 /* TIOCSWINSZ */, window);
  s32 peer = (s32)call(SYS_ioctl, master, 0x5441 /* TIOCGPTPEER */, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (peer < 0) { close_file(&master); return peer; }
  s->out[0] = master;
  s->input_fd = (s32)call(SYS_fcntl, master, 1030 /* F_DUPFD_CLOEXEC */, 3);
  s->is_pty = 1;
  l->fds[0] = l->fds[1] = l->fds[2] = peer;
  return 0;
}

// The largest of the pipes' own sizes is never needed: credits bound what is under way.
static s64 open_pipes(Slot *s, Launch *l) {
  s32 in[2] = {-1, -1}, out[2], err[2];
  if (l->flags & FLAG_NO_INPUT) in[0] = open_file("/dev/null", O_RDONLY, 0);
  else if (call(SYS_pipe2, in, O_CLOEXEC, 0) < 0) return -ENFILE_;
  if (call(SYS_pipe2, out, O_CLOEXEC, 0) < 0) { close_file(&in[0]); close_file(&in[1]); return -ENFILE_; }
  if (call(SYS_pipe2, err, O_CLOEXEC, 0) < 0) {
    close_file(&in[0]); close_file(&in[1]); close_file(&out[0]); close_file(&out[1]);
    return -ENFILE_;
  }
  s->input_fd = in[1];
  s->out[0] = out[0];
  s->out[1] = err[0];
  l->fds[0] = in[0];
  l->fds[1] = out[1];
  l->fds[2] = err[1];
  return 0;
}

// u32 flags, uid, gid, rows|columns<<16, argc, envc; then strings: cwd, argv…, env…
static void start_program(u32 id, u8 *p, u32 size) {
  static const char *strings[MAX_STRINGS + 2];
  static u8 stack[32 * 1024] __attribute__((aligned(16)));
  u32 argc = size < 24 ? 0 : get32(p + 16), envc = size < 24 ? 0 : get32(p + 20);
  if (argc == 0 || argc > MAX_STRINGS || envc > MAX_STRINGS - argc) { send_result(id, -7 /* E2BIG */, STAGE_PROGRAM); return; }
  Launch l = {0, strings, strings + argc + 1, get32(p), get32(p + 4), get32(p + 8), {-1, -1, -1}, 0, 0};
  u8 *at = p + 24, *end = p + size;
  for (u32 i = 0; i <= argc + envc; i++) {
    if (at >= end) { send_result(id, -EINVAL_, STAGE_REQUEST); return; }
    if (i == 0) l.cwd = (char *)at;
    else strings[i <= argc ? i - 1 : i] = (char *)at;
    at += length((char *)at) + 1;
  }
  strings[argc] = strings[argc + envc + 1] = 0;
  Slot *s = take_slot(id);
  if (!s) return;
  s64 error = l.flags & FLAG_PTY ? open_pty(s, &l, get32(p + 12)) : open_pipes(s, &l);
  if (error < 0) { drop_slot(s); send_result(id, error, STAGE_PIPE); return; }
  s64 pid = vfork_into(0x4100 | 17 /* CLONE_VM | CLONE_VFORK | SIGCHLD */, stack + sizeof stack, run_child, &l);
  close_file(&l.fds[0]);
  if (!(l.flags & FLAG_PTY)) close_file(&l.fds[1]), close_file(&l.fds[2]);
  if (pid < 0 || l.error) {
    if (pid > 0) call6(SYS_wait4, pid, 0, 0, 0, 0, 0);
    drop_slot(s);
    send_result(id, pid < 0 ? pid : -l.error, pid < 0 ? STAGE_PIPE : (u32)l.stage);
    return;
  }
  s->pid = (s32)pid;
  send32(A_STARTED, id, (u32)pid, 0);
}

static void reap(void) {
  for (;;) {
    s32 status = 0;
    s64 pid = call6(SYS_wait4, -1, (s64)&status, 1 /* WNOHANG */, 0, 0, 0);
    if (pid <= 0) return;
    for (int i = 0; i < SLOTS; i++) {
      Slot *s = &slots[i];
      if (!s->used || s->pid != pid) continue;
      s->pid = 0;
      if (!s->orphan) send32(A_EXIT, s->id, (u32)(status >> 8) & 255, (u32)status & 127);
      close_file(&s->input_fd);
      drop_if_done(s);
    }
  }
}

// ---- streams

static void write_input(Slot *s) {
  while (s->input_start < s->input_end) {
    u32 size = s->input_end - s->input_start;
    // A pipe that is written to in blocking mode takes PIPE_BUF without waiting once poll says so.
    if (!s->is_file && size > 4096) size = 4096;
    s64 n = write_file(s->input_fd, s->input + s->input_start, size);
    if (n == -EAGAIN_) return;
    if (n < 0) {
      if (s->is_file) { send_result(s->id, n, STAGE_WRITE); drop_slot(s); return; }
      send32(A_DEAF, s->id, (u32)-n, 0);
      close_file(&s->input_fd);
      drop_if_done(s);
      return;
    }
    s->input_start += (u32)n;
    if (!s->orphan) send32(A_CREDIT, s->id, (u32)n, 0);
    if (!s->is_file) break;
  }
  if (s->input_start < s->input_end) return;
  s->input_start = s->input_end = 0;
  if (!s->input_ends) return;
  if (s->is_pty && s->input_ends == 1) { write_file(s->input_fd, "\4", 1); s->input_ends = 2; return; }
  if (s->is_pty) return;
  close_file(&s->input_fd);
  if (s->is_file) send_result(s->id, 0, 0);
  drop_if_done(s);
}

static void read_output(Slot *s, int which) {
  u32 most = s->orphan ? CHUNK : s->credit[which] < CHUNK ? s->credit[which] : CHUNK;
  s64 n = read_file(s->out[which], next_payload(), most);
  if (n == -EAGAIN_) return;
  if (n == -EIO_ && s->is_pty) n = 0;
  if (n < 0 && s->is_file) { if (!s->orphan) send_result(s->id, n, STAGE_READ); drop_slot(s); return; }
  if (n <= 0) { n = 0; close_file(&s->out[which]); }
  if (!s->orphan) {
    s->credit[which] -= (u32)n;
    commit_frame(which ? A_ERR : A_OUT, s->id, (u32)n);
  }
  if (n == 0) drop_if_done(s);
}

// ---- requests

static void ask_netlink(u32 id, u8 *p, u32 size) {
  u8 address[12] = {16};
  s32 fd = (s32)call(SYS_socket, 16 /* AF_NETLINK */, 3 | O_CLOEXEC, get32(p));
  if (fd < 0) { send_result(id, fd, STAGE_OPEN); return; }
  s64 n = call6(SYS_sendto, fd, (s64)(p + 4), size - 4, 0, (s64)address, 12);
  // The answers of rtnetlink are there when sendto returns, and the next part of a dump when one was read.
  while (n >= 0) {
    n = call6(SYS_recvfrom, fd, (s64)next_payload(), CHUNK, 0x40 /* MSG_DONTWAIT */, 0, 0);
    if (n == -EAGAIN_) { n = 0; break; }
    if (n >= 0) commit_frame(A_OUT, id, (u32)n);
    if (tx_end > sizeof tx - 2 * MAX_PAYLOAD && tx_waiting() > sizeof tx / 2) { n = -105 /* ENOBUFS */; break; }
  }
  close_file(&fd);
  send_result(id, n, STAGE_REQUEST);
}

// i64 seconds, u32 nanoseconds, then bytes for the random pool: both are stale in a machine that was restored.
static s64 set_clock(u8 *p, u32 size) {
  struct { s32 bits, size; u8 bytes[512]; } pool;
  Time t = {(s64)get64(p), get32(p + 8)};
  s64 result = call(SYS_clock_settime, 0, &t, 0);
  u32 count = size - 12 > sizeof pool.bytes ? sizeof pool.bytes : size - 12;
  pool.bits = (s32)count * 8;
  pool.size = (s32)count;
  memcpy(pool.bytes, p + 12, count);
  s32 fd = open_file("/dev/urandom", O_RDWR, 0);
  if (fd >= 0 && count) {
    call(SYS_ioctl, fd, 0x40085203 /* RNDADDENTROPY */, &pool);
    call(SYS_ioctl, fd, 0x5207 /* RNDRESEEDCRNG */, 0);
  }
  close_file(&fd);
  return result;
}

static s64 load_module(const char *path, const char *parameters) {
  s32 fd = open_file(path, O_RDONLY, 0);
  if (fd < 0) return fd;
  s64 result = call(SYS_finit_module, fd, parameters, 0);
  close_file(&fd);
  return result;
}

static void end_machine(u32 how) {
  if (!is_init) call(SYS_exit_group, 0, 0, 0);
  for (int i = 0; i < 200 && tx_waiting() && flush() == 0; i++) sleep_ms(1);
  call(SYS_sync, 0, 0, 0);
  call6(SYS_reboot, 0xfee1dead, 672274793, how ? 0x1234567 : 0x4321fedc, 0, 0, 0);
}

static void greet(u8 *nonce, int is_fresh) {
  struct { char field[6][65]; } name;
  u8 payload[128];
  if (is_fresh) {
    // Programs go on; nobody listens to them any more. Files were being moved by a client that is gone.
    for (int i = 0; i < SLOTS; i++) if (slots[i].used) { slots[i].orphan = 1; if (slots[i].is_file) drop_slot(&slots[i]); }
    tx_start = tx_end = 0;
  }
  memset(&name, 0, sizeof name);
  call(SYS_uname, &name, 0, 0);
  memcpy(payload, nonce, 8);
  put32(payload + 8, 1 /* the protocol's version */);
  put32(payload + 12, WINDOW);
  put64(payload + 16, read_clock(7 /* CLOCK_BOOTTIME */));
  put32(payload + 24, (u32)call(SYS_getpid, 0, 0, 0));
  u32 size = (u32)length(name.field[2]);
  memcpy(payload + 28, name.field[2], size);
  send(A_HELLO, 0, payload, 28 + size);
}

static void handle(u8 type, u32 id, u8 *p, u32 size) {
  Slot *s = find_slot(id);
  const char *text = (char *)p;
  switch (type) {
    case C_HELLO: if (size == 8) greet(p, 1); return;
    case C_PING: {
      u8 answer[16];
      if (size != 8) return;
      memcpy(answer, p, 8);
      put64(answer + 8, read_clock(7));
      send(A_PONG, id, answer, 16);
      return;
    }
    case C_EXEC: start_program(id, p, size); return;
    case C_DATA:
      if (!s) return;
      if (s->input_fd < 0) { send32(A_CREDIT, id, size, 0); return; }
      if (s->input_start && s->input_end + size > INPUT) {
        memmove(s->input, s->input + s->input_start, s->input_end - s->input_start);
        s->input_end -= s->input_start;
        s->input_start = 0;
      }
      if (s->input_end + size > INPUT) { send32(A_LOST, id, size, 1); return; }
      memcpy(s->input + s->input_end, p, size);
      s->input_end += size;
      if (s->is_file) write_input(s);
      return;
    case C_END: if (s && s->input_fd >= 0) { s->input_ends = 1; if (s->input_start == s->input_end) write_input(s); } return;
    case C_CREDIT: if (s && size == 8) s->credit[get32(p) & 1] += get32(p + 4); return;
    case C_SIGNAL:
      if (size != 8) return;
      if (s && s->pid) call(SYS_kill, get32(p + 4) ? -s->pid : s->pid, get32(p), 0);
      return;
    case C_RESIZE: {
      u16 window[4] = {0, 0, 0, 0};
      if (!s || size != 4) return;
      memcpy(window, p, 4);
      call(SYS_ioctl, s->out[0], 0x5414 /* TIOCSWINSZ */, window);
      return;
    }
    case C_RELEASE:
      if (!s) return;
      s->orphan = 1;
      drop_slot(s);
      return;
    case C_WRITE:
    case C_READ: {
      if (size < 8 || !(s = take_slot(id))) return;
      int append_it = (int)get32(p + 4) & 1;
      s32 fd = type == C_READ ? open_file((char *)p + 8, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0)
                              : open_file((char *)p + 8, O_WRONLY | O_CREAT | O_NOCTTY | (append_it ? O_APPEND : O_TRUNC), 0600);
      s->is_file = 1;
      if (fd < 0) { drop_slot(s); send_result(id, fd, STAGE_OPEN); return; }
      if (type == C_READ) s->out[0] = fd;
      else { call(SYS_fchmod, fd, get32(p), 0); s->input_fd = fd; }
      return;
    }
    case C_MODULE: send_result(id, load_module(text, text + length(text) + 1 < text + size ? text + length(text) + 1 : ""), STAGE_REQUEST); return;
    case C_MOUNT: {
      const char *field[4] = {"", "", "", ""};
      u8 *at = p + 8;
      if (size < 8) return;
      for (int i = 0; i < 4 && at < p + size; i++) field[i] = (char *)at, at += length((char *)at) + 1;
      for (char *c = (char *)field[1] + 1; get32(p + 4) && *field[1] && *c; c++)  // makes the folders of the target
        if (*c == '/') { *c = 0; call(SYS_mkdirat, AT_FDCWD, field[1], 0755); *c = '/'; }
      if (get32(p + 4)) call(SYS_mkdirat, AT_FDCWD, field[1], 0755);
      send_result(id, mount_at(field[0], field[1], field[2], get32(p), field[3]), STAGE_REQUEST);
      return;
    }
    case C_CLOCK: if (size >= 12) send_result(id, set_clock(p, size), STAGE_REQUEST); return;
    case C_POWER: send_result(id, 0, 0); flush(); end_machine(size >= 4 ? get32(p) : 0); return;
    case C_NETLINK: if (size >= 20) ask_netlink(id, p, size); return;
    default: send_result(id, -ENOSYS_, STAGE_REQUEST);
  }
}
#endif
