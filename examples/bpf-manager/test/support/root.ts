/** Where everything is pinned. */
export const ROOT = '/sys/fs/bpf/bpf-manager';
