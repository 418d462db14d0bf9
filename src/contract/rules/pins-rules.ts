import type { Rule } from './rule.js';

/** Rules of pins and directories on a bpffs. */
export const PINS_RULES = {
  'pins.outside': {
    area: 'pins',
    when: 'a pin outside of a bpffs, or a name with a dot',
    answer: 'EPERM',
    source: 'kernel/bpf/inode.c, bpf_obj_do_pin, bpf_lookup',
  },
  'pins.exists': {
    area: 'pins',
    when: 'a path that exists; whose parent is missing',
    answer: 'EEXIST; ENOENT',
    source: 'kernel/bpf/inode.c, bpf_obj_do_pin',
  },
  'pins.open': {
    area: 'pins',
    when: 'BPF_OBJ_GET of a path that is missing; of a file that is no pin',
    answer: 'ENOENT; EACCES',
    source: 'kernel/bpf/inode.c, bpf_obj_do_get',
  },
  'pins.open-link-read-only': {
    area: 'pins',
    when: 'the pin of a link is opened for reading only',
    answer: 'EINVAL',
    source: 'kernel/bpf/inode.c, bpf_obj_get_user',
    notModelled: 'the contract opens pins for reading and writing',
  },
  'pins.capabilities': {
    area: 'pins',
    when: 'a pin is opened without capabilities',
    answer: 'it opens from 5.19 on; EPERM before',
    source: 'kernel/bpf/syscall.c, __sys_bpf',
  },
  'pins.bad-handle': {
    area: 'pins',
    when: 'a closed handle is pinned',
    answer: 'EINVAL',
    source: 'kernel/bpf/inode.c, bpf_fd_probe_obj',
  },
  'pins.unpin': {
    area: 'pins',
    when: 'a pin is removed that is missing, or is a directory',
    answer: 'ENOENT; EISDIR',
    source: 'fs/namei.c, do_unlinkat, vfs_unlink',
  },
  'pins.read': {
    area: 'pins',
    when: 'open(2) on the pin of a program or link',
    answer: 'EIO',
    source: 'kernel/bpf/inode.c, bpffs_obj_open',
  },
  'pins.tree': {
    area: 'pins',
    when: 'directories are made, listed, renamed and removed',
    answer: 'as file systems have it: EEXIST, ENOENT, ENOTEMPTY, ENOTDIR, EISDIR',
    source: 'kernel/bpf/inode.c, bpf_dir_iops',
  },
} as const satisfies Readonly<Record<`pins.${string}`, Rule>>;
