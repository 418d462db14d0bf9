// Writes into a registry again and again: run by tests, several at once.
import { Registry } from '../../src/registry/registry.ts';

const [, , path = '', writer = '', count = ''] = process.argv;
const registry = new Registry(path, { lockTimeoutMs: 60_000 });
for (let number = 0; number < Number(count); number += 1) {
  const handler = { address: '', port: 0, image: '', rootfs: '', bundle: 'x'.repeat(500) };
  await registry.update((all) => ({ ...all, [`${writer}-${number}`]: handler }));
}
