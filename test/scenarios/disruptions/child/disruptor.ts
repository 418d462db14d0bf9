import process from 'node:process';
import { createRandom } from '../../../../src/core/random.js';
import { RealClock } from '../../../../src/core/real-clock.js';
import { createLab } from '../../../../src/netns/lab/create-lab.js';
import { spawn } from '../../../../src/process/spawn.js';
import { createFakeTime } from '../../../../src/process/surroundings/fake-time.js';
import { createSmallDisk } from '../../../../src/process/surroundings/small-disk.js';
import { diskFull } from '../../../../src/scenarios/disruptions/disk-full.js';
import type { Disruption } from '../../../../src/scenarios/disruptions/disruption.js';
import { DisruptionPlan } from '../../../../src/scenarios/disruptions/disruption-plan.js';
import { corrupt, linkDown, lossy, slow } from '../../../../src/scenarios/disruptions/link-disruptions.js';
import { clockJump } from '../../../../src/scenarios/disruptions/machine-disruptions.js';
import { partition, resetConnections } from '../../../../src/scenarios/disruptions/network-disruptions.js';
import { fdLimit, kill, restart, suspend } from '../../../../src/scenarios/disruptions/process-disruptions.js';
import { every } from '../../../../src/scenarios/disruptions/schedules.js';

// Everything that can be disrupted, with all disruptions beginning and ending all the time. Whoever started this kills it.
const [folder = '', seed = '1'] = process.argv.slice(2);
const lab = await createLab({ hosts: { a: {}, b: {} }, links: { wire: { ends: ['a', 'b'], wire: true } } });
const disk = createSmallDisk({ sizeBytes: 1_048_576 });
const time = createFakeTime();
const start = () =>
  spawn('sh', ['-c', '(setsid sleep 1000 >/dev/null 2>&1 &); exec sleep 1001'], {
    in: lab.hosts.a,
    env: time.env,
    descriptors: { 7: disk },
  });
const [frozen, restarted, limited, victim] = await Promise.all([start(), start(), start(), start()]);
const lasting: readonly Disruption[] = [
  linkDown(lab.links.wire),
  slow(lab.links.wire, { delayMs: 5 }),
  lossy(lab.links.wire, { percent: 5 }),
  corrupt(lab.links.wire, { percent: 5 }),
  partition(lab, ['a'], ['b']),
  suspend(frozen),
  restart(restarted, { signal: 'SIGKILL' }),
  fdLimit(limited),
  diskFull(disk),
  diskFull(folder),
  clockJump(time, { byMs: 3_600_000 }),
];
const momentary = [kill(victim), resetConnections(lab)];
const random = createRandom(Number(seed));
new DisruptionPlan([
  ...lasting.map((disrupt) => every({ periodMs: random.int(8, 40), firstMs: 0, lastsMs: random.int(1, 60), disrupt })),
  ...momentary.map((disrupt) => every({ periodMs: 500, disrupt })),
]).start({ clock: new RealClock(), random });
process.stdout.write('under way\n');
