// The floor of the traffic generator: sends COUNT datagrams of SIZE bytes to an IPv4 address and port, 64 in a call, and
// prints how many milliseconds that took. Usage: sendmmsg ADDRESS PORT COUNT SIZE
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64 };

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  int count = atoi(argv[3]), size = atoi(argv[4]);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  inet_pton(AF_INET, argv[1], &to.sin_addr);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) return perror("connect"), 1;
  struct mmsghdr messages[BATCH];
  struct iovec vectors[BATCH];
  memset(messages, 0, sizeof messages);
  for (int i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec){.iov_base = calloc(1, size), .iov_len = size};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  double start = now_ms();
  for (int next = 0; next < count;) {
    int due = count - next < BATCH ? count - next : BATCH;
    for (int i = 0; i < due; i++) *(int *)vectors[i].iov_base = next + i;
    int sent = sendmmsg(fd, messages, due, 0);
    if (sent < 0) return perror("sendmmsg"), 1;
    next += sent;
  }
  printf("%.3f\n", now_ms() - start);
  return 0;
}
