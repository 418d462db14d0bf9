// SPDX-License-Identifier: GPL-2.0 OR MIT
// Counts the frames of an experiment's protocol, and drops them or lets them on. After a change: sh build.sh
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ETH_P_EXPERIMENT 0x88b5

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __type(key, __u32);
  __type(value, __u32);
  __uint(max_entries, 1);
} packets SEC(".maps");

static __always_inline int is_counted(void *data, void *end)
{
  struct ethhdr *header = data;
  __u32 key = 0;
  __u32 *count;

  if ((void *)(header + 1) > end || header->h_proto != bpf_htons(ETH_P_EXPERIMENT))
    return 0;
  count = bpf_map_lookup_elem(&packets, &key);
  if (count)
    __sync_fetch_and_add(count, 1);
  return 1;
}

SEC("xdp")
int drop_xdp(struct xdp_md *ctx)
{
  return is_counted((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int count_xdp(struct xdp_md *ctx)
{
  is_counted((void *)(long)ctx->data, (void *)(long)ctx->data_end);
  return XDP_PASS;
}

SEC("tc")
int drop_tc(struct __sk_buff *skb)
{
  return is_counted((void *)(long)skb->data, (void *)(long)skb->data_end) ? TC_ACT_SHOT : TC_ACT_PIPE;
}

SEC("tc")
int drop_tcx(struct __sk_buff *skb)
{
  return is_counted((void *)(long)skb->data, (void *)(long)skb->data_end) ? TC_ACT_SHOT : -1;
}

char _license[] SEC("license") = "GPL";
