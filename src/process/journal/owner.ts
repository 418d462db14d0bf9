import { readFileSync, readlinkSync } from 'node:fs';
import process from 'node:process';
import { hasEnded, listPids, readNumbers, readPidNamespace, readStartTime } from '../proc/processes.js';

/** A process, told from all others that have or will have its number. */
export interface JournalOwner {
  readonly pid: number;
  /** Since the machine was started, in clock ticks: field 22 of proc_pid_stat(5). */
  readonly startTime: number;
  /** Whose number it is: `pid:[4026531836]`. */
  readonly pidNamespace: string;
  /** Which start of the machine that time counts from. */
  readonly bootId: string;
}

/** This process. @throws ENOENT where there is no procfs */
export function readOwner(): JournalOwner {
  return {
    pid: process.pid,
    startTime: readStartTime(process.pid) ?? 0,
    pidNamespace: readlinkSync('/proc/self/ns/pid'),
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  };
}

/** What is known of an owner: in another pid namespace, a number says nothing as long as anybody is in there. */
export type OwnerState = 'alive' | 'dead' | 'unknown';

/** Whether an owner has ended, as this process can tell. */
export function examineOwner(owner: JournalOwner, self: JournalOwner = readOwner()): OwnerState {
  if (owner.bootId !== self.bootId) return 'dead';
  if (owner.pidNamespace !== self.pidNamespace) return isNamespaceGone(owner.pidNamespace) ? 'dead' : 'unknown';
  return readStartTime(owner.pid) === owner.startTime ? 'alive' : 'dead';
}

/** The pid namespace that the kernel starts with, which sees all others: include/linux/proc_ns.h, PROC_PID_INIT_INO. */
const FIRST_NAMESPACE = `pid:[${0xef_ff_ff_fc}]`;

/** Whether nobody is left in a pid namespace. Only the first one sees all, so elsewhere this is never said. */
function isNamespaceGone(namespace: string): boolean {
  if (readPidNamespace(process.pid) !== FIRST_NAMESPACE) return false;
  return listPids().every((pid) => {
    const link = readPidNamespace(pid);
    if (link !== undefined) return link !== namespace;
    // Another user's, whose namespace is not told: with one number only it is in this one.
    return hasEnded(pid) || readNumbers(pid).length <= 1;
  });
}
