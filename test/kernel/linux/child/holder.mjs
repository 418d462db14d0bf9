// Holds everything that a kernel object can hold, says so, and waits to be killed. Node strips the types; only the names
// of files that are imported as `.js` have to be put right.
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    const isOwn = specifier.startsWith('.') && context.parentURL?.includes('/src/');
    return next(isOwn ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});

const { LinuxKernel } = await import('../../../../src/kernel/linux/linux-kernel.ts');
const { PrivateNetIfaceResolver } = await import('../../../../src/netns/private-net-iface-resolver.ts');

const devices = new PrivateNetIfaceResolver();
const kernel = new LinuxKernel({ netns: devices.resolveNetns() });
const maps = [{ name: 'counts', type: 'hash', keySizeBytes: 4, valueSizeBytes: 8, maxEntries: 8 }];
const program = await kernel.load({ name: 'held', type: 'xdp', pinPath: '/sys/fs/bpf/held', maps });
const link = await kernel.attach({ type: 'xdp', program, ifindex: 2 });
await kernel.pin(link, '/sys/fs/bpf/link');
const classifier = await kernel.load({ name: 'held_tc', type: 'tc' });
await kernel.createClsact({ ifindex: 2 });
await kernel.addFilter({ program: classifier, ifindex: 2, direction: 'ingress' });
await kernel.attachTcxProgram({ program: classifier, ifindex: 2, direction: 'egress' });

const { programs, links, maps: made } = kernel.snapshot();
const toIds = (all) => all.map(({ id }) => id);
process.stdout.write(`${JSON.stringify({ program: toIds(programs), link: toIds(links), map: toIds(made) })}\n`);
setInterval(() => {}, 60_000);
