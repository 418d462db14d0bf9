// Run as a process of its own with a limit: asks for a lab of 30 hosts, and prints the error, what is left, and whether a
// lab of two can still be made, as a line of JSON.
import { until } from '../../../../src/core/until.js';
import { createLab } from '../../../../src/netns/lab/create-lab.js';
import { pair, star } from '../../../../src/netns/lab/templates.js';
import { findLeaks } from '../../../../src/netns/leaks/find-leaks.js';
import { takeInventory } from '../../../../src/netns/leaks/inventory.js';

async function tryPair(): Promise<boolean> {
  await using lab = await createLab(pair());
  return lab.links.wire.isUp;
}

await tryPair();
const before = takeInventory();
const error = await createLab(star(30)).then(() => 'none', String);
const leaks = findLeaks(before).map(({ description }) => description);
// The kernel counts a namespace until it has destroyed it, some time after its last holder is gone.
console.log(JSON.stringify({ error, leaks, isUp: await until(tryPair) }));
