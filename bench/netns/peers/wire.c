// The floor of a wire: passes all frames from one interface to another, as they come, 64 in a call. Prints "ready" and
// runs until it is killed. Usage: wire IFINDEX IFINDEX
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, FRAME_BYTES = 1536 };

static int open_end(int ifindex) {
  int fd = socket(AF_PACKET, SOCK_RAW, 0), on = 1, bytes = 16 * 1024 * 1024;
  setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = ifindex};
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) perror("bind"), exit(1);
  return fd;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int from = open_end(atoi(argv[1])), to = open_end(atoi(argv[2]));
  static char frames[BATCH][FRAME_BYTES];
  static struct iovec vectors[BATCH];
  static struct mmsghdr messages[BATCH];
  for (int i = 0; i < BATCH; i++) {
    vectors[i].iov_base = frames[i];
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    struct pollfd ready = {.fd = from, .events = POLLIN};
    poll(&ready, 1, -1);
    for (int i = 0; i < BATCH; i++) vectors[i].iov_len = FRAME_BYTES;
    int count = recvmmsg(from, messages, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) vectors[i].iov_len = messages[i].msg_len;
    for (int sent = 0, last = 1; sent < count && last > 0; sent += last)
      last = sendmmsg(to, messages + sent, count - sent, MSG_DONTWAIT);
  }
}
