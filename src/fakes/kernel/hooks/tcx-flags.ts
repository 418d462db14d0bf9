/** The bits of a TCX attachment: include/uapi/linux/bpf.h. */
export const BPF_F_REPLACE = 1 << 2;
export const BPF_F_BEFORE = 1 << 3;
export const BPF_F_AFTER = 1 << 4;
export const BPF_F_ID = 1 << 5;
export const BPF_F_LINK = 1 << 13;

/** What BPF_PROG_ATTACH and BPF_PROG_DETACH take (BPF_F_ATTACH_MASK_MPROG); BPF_LINK_CREATE does not look. */
export const TCX_FLAGS = BPF_F_REPLACE | BPF_F_BEFORE | BPF_F_AFTER | BPF_F_ID | BPF_F_LINK;
