import { readText } from './read-proc.js';

/** The number that a user of this process's user namespace has outside of it: root of such a namespace is an ordinary user there. */
export function findRealUser(uid: number, uidMap: string = readText('/proc/self/uid_map') ?? ''): number {
  for (const line of uidMap.trim().split('\n')) {
    const [inside = 0, outside = 0, count = 0] = line.trim().split(/\s+/).map(Number);
    if (uid >= inside && uid < inside + count) return outside + uid - inside;
  }
  return uid;
}
