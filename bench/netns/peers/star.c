// The floor of a star: COUNT hosts on one bridge, each in a namespace without a name, with an IPv4 address, everything
// up, made by one process with as few messages as there can be, with what a lab knows of making it fast: one queue for
// each interface, no IPv6 where nobody uses it, the bridge up last. Prints how many milliseconds that took until every
// port forwards. Usage: star COUNT
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BRIDGE = 2000, FAR_END = 10000, PACK = 64, OPER_UP = 6 };

static char out[64 * 1024], in[128 * 1024];
static int out_bytes, requests;
static struct nlmsghdr *message;

static void check(int result, const char *what) {
  if (result >= 0) return;
  perror(what);
  exit(1);
}

static void *append(int bytes) {
  void *at = out + out_bytes;
  memset(at, 0, NLMSG_ALIGN(bytes));
  out_bytes += NLMSG_ALIGN(bytes);
  return at;
}

static struct rtattr *attribute(int type, const void *value, int bytes) {
  struct rtattr *to = append(RTA_LENGTH(bytes));
  to->rta_type = type;
  to->rta_len = RTA_LENGTH(bytes);
  memcpy(RTA_DATA(to), value, bytes);
  return to;
}

static void number(int type, unsigned value) { attribute(type, &value, sizeof value); }
static void text(int type, const char *value) { attribute(type, value, strlen(value) + 1); }
static struct rtattr *open_nested(int type) { return attribute(type | NLA_F_NESTED, "", 0); }
static void close_nested(struct rtattr *nested) { nested->rta_len = out + out_bytes - (char *)nested; }

static void *begin(int type, int flags, int header_bytes) {
  message = append(NLMSG_HDRLEN);
  message->nlmsg_type = type;
  message->nlmsg_flags = NLM_F_REQUEST | flags;
  message->nlmsg_seq = ++requests;
  return append(header_bytes);
}

static void end(void) { message->nlmsg_len = out + out_bytes - (char *)message; }

/** Sends what was written; only the last is acknowledged, and errors come unasked. */
static void flush(int netlink) {
  if (requests == 0) return;
  message->nlmsg_flags |= NLM_F_ACK;
  check(send(netlink, out, out_bytes, 0), "send");
  for (int done = 0; !done;) {
    int bytes = recv(netlink, in, sizeof in, 0);
    check(bytes, "recv");
    for (struct nlmsghdr *answer = (void *)in; NLMSG_OK(answer, bytes); answer = NLMSG_NEXT(answer, bytes)) {
      int error = answer->nlmsg_type == NLMSG_ERROR ? ((struct nlmsgerr *)NLMSG_DATA(answer))->error : 0;
      if (error != 0) fprintf(stderr, "request %d: %s\n", answer->nlmsg_seq, strerror(-error)), exit(1);
      done |= (int)answer->nlmsg_seq == requests;
    }
  }
  out_bytes = requests = 0;
}

static void set_up(int index, int master) {
  struct ifinfomsg *link = begin(RTM_SETLINK, 0, sizeof *link);
  link->ifi_index = index;
  link->ifi_flags = link->ifi_change = IFF_UP;
  if (master != 0) number(IFLA_MASTER, master);
  end();
}

static void create_bridge(void) {
  struct ifinfomsg *link = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *link);
  link->ifi_index = BRIDGE;
  text(IFLA_IFNAME, "lan");
  struct rtattr *info = open_nested(IFLA_LINKINFO);
  text(IFLA_INFO_KIND, "bridge");
  struct rtattr *data = open_nested(IFLA_INFO_DATA);
  number(IFLA_BR_FORWARD_DELAY, 0);
  close_nested(data);
  close_nested(info);
  end();
}

static struct ifinfomsg *describe_end(struct ifinfomsg *link, int index, const char *name, unsigned char side, int host) {
  unsigned char mac[6] = {2, 0, 0, side, host >> 8, host};
  link->ifi_index = index;
  text(IFLA_IFNAME, name);
  number(IFLA_MTU, 1500);
  attribute(IFLA_ADDRESS, mac, sizeof mac);
  number(IFLA_NUM_TX_QUEUES, 1);
  number(IFLA_NUM_RX_QUEUES, 1);
  return link;
}

static void create_pair(int host, int netns) {
  char name[IFNAMSIZ];
  snprintf(name, sizeof name, "port%d", host);
  struct ifinfomsg *link = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *link);
  describe_end(link, 1 + host, name, 1, host);
  struct rtattr *info = open_nested(IFLA_LINKINFO);
  text(IFLA_INFO_KIND, "veth");
  struct rtattr *data = open_nested(IFLA_INFO_DATA), *peer = open_nested(VETH_INFO_PEER);
  struct ifinfomsg *far_end = append(sizeof *far_end);
  describe_end(far_end, FAR_END + host, "eth0", 2, host);
  number(IFLA_NET_NS_FD, netns);
  close_nested(peer);
  close_nested(data);
  close_nested(info);
  end();
}

static void add_address(int index, int host) {
  struct ifaddrmsg *address = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *address);
  address->ifa_family = AF_INET;
  address->ifa_prefixlen = 16;
  address->ifa_index = index;
  number(IFA_LOCAL, htonl(0x0a000000 + host));
  number(IFA_ADDRESS, htonl(0x0a000000 + host));
  number(IFA_BROADCAST, htonl(0x0a00ffff));
  end();
}

static int count_ports_up(int netlink) {
  struct ifinfomsg *all = begin(RTM_GETLINK, NLM_F_DUMP, sizeof *all);
  (void)all;
  end();
  check(send(netlink, out, out_bytes, 0), "send");
  out_bytes = requests = 0;
  for (int up = 0;;) {
    int bytes = recv(netlink, in, sizeof in, 0);
    check(bytes, "recv");
    for (struct nlmsghdr *answer = (void *)in; NLMSG_OK(answer, bytes); answer = NLMSG_NEXT(answer, bytes)) {
      if (answer->nlmsg_type == NLMSG_DONE) return up;
      struct ifinfomsg *link = NLMSG_DATA(answer);
      int left = IFLA_PAYLOAD(answer);
      for (struct rtattr *each = IFLA_RTA(link); RTA_OK(each, left); each = RTA_NEXT(each, left))
        up += each->rta_type == IFLA_OPERSTATE && *(char *)RTA_DATA(each) == OPER_UP && link->ifi_index != BRIDGE;
    }
  }
}

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int count = atoi(argv[1]), netns[count + 1], netlink[count + 1];
  double start = now_ms();
  for (int node = 0; node <= count; node++) {
    check(unshare(CLONE_NEWNET), "unshare");
    check(netns[node] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "open");
    check(netlink[node] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0), "socket");
    // A kernel without IPv6 has no such file.
    int setting = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY);
    if (setting >= 0) check(write(setting, "1", 1), "write"), close(setting);
  }
  create_bridge();
  for (int host = 1; host <= count; host++) {
    create_pair(host, netns[host]);
    if (host % PACK == 0) flush(netlink[0]);
  }
  flush(netlink[0]);
  for (int host = 1; host <= count; host++) {
    set_up(1, 0);
    add_address(FAR_END + host, host);
    set_up(FAR_END + host, 0);
    flush(netlink[host]);
  }
  set_up(1, 0);
  for (int host = 1; host <= count; host++) {
    set_up(1 + host, BRIDGE);
    if (host % PACK == 0) flush(netlink[0]);
  }
  set_up(BRIDGE, 0);
  flush(netlink[0]);
  while (count_ports_up(netlink[0]) < count) usleep(100);
  printf("%.3f\n", now_ms() - start);
  return 0;
}
