// The first process of a glovebox VM, and the one that answers the host: no C library, no threads, no memory but its own.
// `agent --fd 3` serves that descriptor as an ordinary process instead, without mounts: for tests of the protocol.
#include "commands.h"

static void make_file_systems(void) {
  static const struct { const char *type, *target, *data; u64 flags; } rows[] = {
    {"devtmpfs", "/dev", "mode=755", 2}, {"proc", "/proc", "", 14}, {"sysfs", "/sys", "", 14},
    {"devpts", "/dev/pts", "mode=620,ptmxmode=666", 10}, {"tmpfs", "/dev/shm", "mode=1777", 6}, {"tmpfs", "/tmp", "mode=1777", 6},
    {"tmpfs", "/run", "mode=755", 6}, {"bpf", "/sys/fs/bpf", "mode=700", 14}, {"cgroup2", "/sys/fs/cgroup", "", 14},
    {"debugfs", "/sys/kernel/debug", "", 14}, {"tracefs", "/sys/kernel/tracing", "", 14}, {"securityfs", "/sys/kernel/security", "", 14},
  };
  for (u64 i = 0; i < sizeof rows / sizeof *rows; i++) {
    call(SYS_mkdirat, AT_FDCWD, rows[i].target, 0755);
    // What a kernel was built without is no mistake; a program that needs it will say so.
    mount_at(rows[i].type, rows[i].target, rows[i].type, rows[i].flags, rows[i].data);
  }
  call(SYS_symlinkat, "/proc/self/fd", AT_FDCWD, "/dev/fd");
  call(SYS_sethostname, "glovebox", 8, 0);
}

static void raise_loopback(void) {
  struct { char name[16]; u16 flags; u8 rest[22]; } request = {"lo", 0x41 /* IFF_UP | IFF_RUNNING */, {0}};
  s32 fd = (s32)call(SYS_socket, 2, 2 | O_CLOEXEC, 0);
  call(SYS_ioctl, fd, 0x8914 /* SIOCSIFFLAGS */, &request);
  close_file(&fd);
}

// The names in a folder, in order; as many as fit.
static int list_folder(const char *folder, char names[][256], int most) {
  static u8 entries[32 * 1024];
  int count = 0;
  s32 fd = open_file(folder, O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0) return 0;
  for (s64 n; (n = call(SYS_getdents64, fd, entries, sizeof entries)) > 0;)
    for (s64 at = 0; at < n; at += entries[at + 16] | entries[at + 17] << 8) {
      const char *name = (char *)entries + at + 19;
      if (*name == '.' || count == most || length(name) > 255) continue;
      int i = count++;
      for (; i > 0 && compare(names[i - 1], name) > 0; i--) memcpy(names[i], names[i - 1], 256);
      append(names[i], name);
    }
  close_file(&fd);
  return count;
}

static void load_modules(void) {
  static char names[256][256];
  char path[300];
  int count = list_folder("/glovebox/modules", names, 256);
  for (int i = 0; i < count; i++) {
    append(append(path, "/glovebox/modules/"), names[i]);
    s64 result = load_module(path, "");
    if (result < 0 && result != -17 /* EEXIST: built in, or loaded */) say("cannot load", path, result);
  }
}

// Baud rates mean nothing to an emulated line; echo, translation of line ends and signals would damage frames.
// A name of a line without hardware behind it can be opened, and then answers EIO (drivers/tty/tty_io.c, tty_io_error).
static int make_raw(s32 fd) {
  struct { u32 input, output, control, local; u8 line, characters[19]; u8 rest[12]; } t;
  if (call(SYS_ioctl, fd, 0x5401 /* TCGETS */, &t) < 0) return 0;
  t.input = 0;
  t.output = 0;
  t.local = 0;
  t.control = (t.control & ~(u32)(0x30 | 0x100f)) | 0x30 /* CS8 */ | 0x80 /* CREAD */ | 0x800 /* CLOCAL */ | 0x1002 /* B115200 */;
  t.characters[6] = 1;  // VMIN
  t.characters[5] = 0;  // VTIME
  return call(SYS_ioctl, fd, 0x5404 /* TCSETSF */, &t) >= 0;
}

static s32 find_port(void) {
  static char names[16][256];
  char path[300];
  s32 module = open_file("/sys/module/virtio_console", O_RDONLY | O_DIRECTORY, 0);
  // The ports of a device come by a work queue of its own, shortly after the module.
  for (int i = 0; i < 200; i++) {
    int count = list_folder("/sys/class/virtio-ports", names, 16);
    for (int j = 0; j < count; j++) {
      append(append(path, "/dev/"), names[j]);
      s32 fd = open_file(path, O_RDWR | O_NONBLOCK, 0);
      if (fd >= 0) return fd;
    }
    if (module < 0) break;
    sleep_ms(5);
  }
  close_file(&module);
  static const char *const lines[] = {"/dev/ttyS1", "/dev/ttyAMA1"};
  for (int i = 0; i < 2; i++) {
    s32 fd = open_file(lines[i], O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
    if (fd >= 0 && make_raw(fd)) return fd;
    close_file(&fd);
  }
  say("no virtio-serial port and no second serial line: nothing to serve", 0, 0);
  for (;;) sleep_ms(900);
}

static s32 children_fd;

static void serve(void) {
  Poll polls[2 + 3 * SLOTS];
  int is_hung = 0;
  for (;;) {
    int count = 2;
    polls[0] = (Poll){is_hung ? -1 : port, (u16)((rx_size < sizeof rx - 8 ? POLLIN : 0) | (tx_waiting() ? POLLOUT : 0)), 0};
    polls[1] = (Poll){children_fd, POLLIN, 0};
    int has_room = tx_has_room();
    for (int i = 0; i < SLOTS; i++) {
      Slot *s = &slots[i];
      if (!s->used) continue;
      if (s->input_fd >= 0 && s->input_start < s->input_end) polls[count++] = (Poll){s->input_fd, POLLOUT, 0};
      for (int j = 0; j < 2; j++)
        if (s->out[j] >= 0 && (s->orphan || (has_room && s->credit[j]))) polls[count++] = (Poll){s->out[j], POLLIN, 0};
    }
    Time wait = {0, 20000000};
    call6(SYS_ppoll, (s64)polls, count, is_hung ? (s64)&wait : 0, 0, 8, 0);
    if (polls[1].revents) {
      u8 info[128];
      read_file(children_fd, info, sizeof info);
      reap();
    }
    if (is_hung || polls[0].revents & (POLLIN | POLLHUP | POLLERR)) {
      s64 n = read_file(port, rx + rx_size, sizeof rx - 8 - rx_size);
      if (n > 0) { rx_size += (u64)n; is_hung = 0; }
      // A port whose other end is not open says so without end; it is asked again in a while.
      else if (is_init) is_hung = polls[0].revents & POLLHUP || is_hung ? n != -EAGAIN_ || is_hung : 0;
      else if (n == 0 || n != -EAGAIN_) {
        for (int i = 0; i < SLOTS; i++) if (slots[i].used && slots[i].pid) call(SYS_kill, -slots[i].pid, 9, 0);
        call(SYS_exit_group, 0, 0, 0);
      }
    }
    parse();
    static int first;
    first = (first + 1) % SLOTS;
    for (int k = 0; k < SLOTS; k++) {
      Slot *s = &slots[(first + k) % SLOTS];
      for (int i = 2; i < count && s->used; i++) {
        if (!polls[i].revents || polls[i].fd < 0) continue;
        if (polls[i].events == POLLOUT && polls[i].fd == s->input_fd) { polls[i].fd = -1; write_input(s); }
        for (int j = 0; j < 2; j++)
          if (polls[i].events == POLLIN && polls[i].fd == s->out[j] && polls[i].fd >= 0 && (s->orphan || (s->credit[j] && tx_has_room()))) {
            polls[i].fd = -1;
            read_output(s, j);
          }
      }
    }
    flush();
  }
}

__attribute__((used)) void start(u64 *stack) {
  const char **arguments = (const char **)(stack + 1);
  u64 all = ~0ul;
  is_init = !(stack[0] >= 3 && compare(arguments[1], "--fd") == 0);
  call6(SYS_rt_sigprocmask, 2, (s64)&all, 0, 8, 0, 0);
  u64 children = 1ul << 16;  // SIGCHLD
  children_fd = (s32)call6(SYS_signalfd4, -1, (s64)&children, 8, O_CLOEXEC | O_NONBLOCK, 0, 0);
  if (is_init) {
    make_file_systems();
    s32 console = open_file("/dev/console", O_RDWR, 0);
    for (int i = 0; i < 3; i++) if (console != i) call(SYS_dup3, console, i, 0);
    raise_loopback();
    load_modules();
    port = find_port();
  } else {
    port = 0;
    for (const char *digit = arguments[2]; *digit; digit++) port = port * 10 + (*digit - '0');
    call(SYS_prctl, 36 /* PR_SET_CHILD_SUBREAPER */, 1, 0);
    s64 flags = call(SYS_fcntl, port, 3, 0);
    call(SYS_fcntl, port, 4, flags | O_NONBLOCK);
    call(SYS_fcntl, port, 2, 1);
  }
  u8 nonce[8] = {0};
  greet(nonce, 0);
  serve();
}
