/** Ids are below INT_MAX: kernel/bpf/syscall.c, `idr_alloc_cyclic(&prog_idr, prog, 1, INT_MAX, …)`. */
export const MAX_ID = 2 ** 31 - 2;
