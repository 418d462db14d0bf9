import { listNames, readLink } from './read-proc.js';

/** What the descriptors of a process lead to, as proc_pid_fd(5) has it: `socket:[88121]`, `/tmp/a`. */
export function readTargets(pid: number | 'self'): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return listNames(folder).flatMap((fd) => readLink(`${folder}/${fd}`) ?? []);
}

/** The inodes of the sockets that a process holds. */
export function readSocketInodes(pid: number | 'self'): readonly number[] {
  return readTargets(pid).flatMap((target) => {
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    return inode === undefined ? [] : [Number(inode)];
  });
}
