import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { dirname } from 'node:path';
import type { Vm } from 'glovebox/vm';
import { findProgram } from '../../../src/system/find-program.ts';
import { packForGuest, pathInGuest } from './guest-files.ts';

/** Where the guest has this machine's programs, at the paths that they have here. */
export const SYSTEM = '/system';
/** Not on the guest's PATH: a host takes it when it is told to. */
export const RUNC = '/opt/runc';
export const RELAY_PORT = 7000;

/** What a function host calls. Those of BusyBox have not all that it asks of them, and its shell prefers its own. */
const TOOLS = ['chroot', 'ip', 'mount', 'setpriv', 'sh', 'unshare'];
const CHUNKS = { highWaterMark: 1 << 20 };

/** Programs have their turns for longer: where a processor is emulated, what it has learned of one is lost with each turn. */
const SET_UP = `set -e
ip link set lo up
for name in latency min_granularity wakeup_granularity; do echo 100000000 > /sys/kernel/debug/sched/"$name"_ns; done
mkdir ${SYSTEM}
mount -t tmpfs -o size=90% system ${SYSTEM}
cd ${SYSTEM}
mkdir -p usr/lib usr/lib64 proc sys dev tmp
ln -s usr/lib lib
ln -s usr/lib64 lib64
cp -a /bin bin
for folder in proc sys dev tmp; do mount --rbind /$folder $folder; done`;

/** Gives a guest Node, the function host and what that calls, and starts what leads to sockets in its file system. */
export async function prepareGuest(vm: Vm): Promise<void> {
  await vm.run('/bin/sh', ['-c', SET_UP]);
  const write = async (path: string, content: Parameters<Vm['writeFile']>[1]) => {
    await vm.run('mkdir', ['-p', dirname(`${SYSTEM}${path}`)]);
    await vm.writeFile(`${SYSTEM}${path}`, content, { mode: 0o755 });
  };
  // These are large: a tar file of them would have to be there as a whole beside what is in it.
  await write(process.execPath, createReadStream(process.execPath, CHUNKS));
  const runc = findProgram('runc');
  if (runc !== undefined) await write(RUNC, createReadStream(runc, CHUNKS));
  const tools = TOOLS.map((name) => findProgram(name) ?? name);
  await write('/tmp/files.tar', packForGuest(tools, [process.execPath, ...(runc === undefined ? [] : [runc])]));
  await vm.$`tar -xf /tmp/files.tar -C ${SYSTEM} && rm /tmp/files.tar`;
  const relay = vm.spawn('chroot', [
    SYSTEM,
    process.execPath,
    pathInGuest('test/support/machine/guest-relay.ts'),
    `${RELAY_PORT}`,
  ]);
  await Promise.race([once(relay.stdout, 'data'), relay.exit]);
}
