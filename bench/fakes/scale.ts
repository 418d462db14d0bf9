import { FakeKernel } from '../../src/fakes/kernel/fake-kernel.js';
import type { Program } from '../../src/kernel/objects.js';
import type { Benchmark } from '../benchmark.js';
import { measureRate, measureRates } from '../measure.js';

const FEW = 100;
const MANY = 100_000;

/** A kernel with programs on it, each attached to a function of its own, so that there are as many links. */
interface Populated {
  readonly kernel: FakeKernel;
  readonly programs: readonly Program[];
  /** Walks over all programs again and again, in the order of their ids, as whoever lists them does. */
  readonly step: () => number;
}

async function populate(count: number): Promise<Populated> {
  const kernel = new FakeKernel({ recordLimit: 1_000 });
  const programs: Program[] = [];
  for (let index = 0; index < count; index += 1) {
    const program = await kernel.load({ name: `prog_${index}`, type: 'kprobe' });
    await kernel.attach({ type: 'kprobe', program, functionName: `function_${index}` });
    programs.push(program);
  }
  let place = 0;
  const step = (): number => {
    place = (place + 1) % count;
    return place;
  };
  return { kernel, programs, step };
}

let populated: Promise<{ readonly few: Populated; readonly many: Populated }> | undefined;

/** Made once for all rows: a hundred thousand programs take a second. */
function takePopulated(): NonNullable<typeof populated> {
  populated ??= Promise.all([populate(FEW), populate(MANY)]).then(([few, many]) => ({ few, many }));
  return populated;
}

/** One more program comes and goes beside those that are there. */
async function loadAndUnload({ kernel }: Populated): Promise<void> {
  await kernel.unload(await kernel.load({ name: 'extra', type: 'xdp' }));
}

async function attachAndDetach({ kernel, programs, step }: Populated): Promise<void> {
  const program = programs[step()];
  if (program === undefined) throw new Error('the walk left the programs');
  await kernel.detach(await kernel.attach({ type: 'kprobe', program, functionName: 'do_exit' }));
}

/** Ids begin at 1. */
async function lookUp({ kernel, step }: Populated): Promise<void> {
  const program = await kernel.programById(step() + 1);
  await program.close();
}

async function findNext({ kernel, step }: Populated): Promise<void> {
  await kernel.nextProgramId(step());
}

function compareSizes(name: string, work: (on: Populated) => Promise<void>): Benchmark {
  return {
    group: 'fakes',
    name: `${name}, with ${MANY.toLocaleString('en')} programs loaded`,
    unit: 'µs',
    target: 2,
    direction: 'at most',
    async run() {
      const { few, many } = await takePopulated();
      const rates = await measureRates(
        () => work(many),
        () => work(few),
        { durationMs: 400 },
      );
      return { ours: 1e6 / rates.ours, peer: 1e6 / rates.peer, peerName: `with ${FEW} loaded` };
    },
  };
}

export default [
  compareSizes('a load and an unload', loadAndUnload),
  compareSizes('an attach and a detach', attachAndDetach),
  compareSizes('a lookup by id', lookUp),
  compareSizes('a search for the next id', findNext),
  {
    group: 'fakes',
    name: `listing ${MANY.toLocaleString('en')} programs`,
    unit: 'ms',
    target: 100,
    direction: 'at most',
    compare: 'ours',
    rounds: 3,
    async run() {
      const { few, many } = await takePopulated();
      const peer = (1_000 / (await measureRate(() => few.kernel.programs()))) * (MANY / FEW);
      const ours = 1_000 / (await measureRate(() => many.kernel.programs(), { batch: 1 }));
      return { ours, peer, peerName: `listing ${FEW}, ${(MANY / FEW).toLocaleString('en')} times` };
    },
  },
] satisfies readonly Benchmark[];
