import { createRandom } from '../../src/core/random.js';
import { FakeKernel } from '../../src/fakes/kernel/fake-kernel.js';
import type { Program } from '../../src/kernel/objects.js';
import type { Benchmark } from '../benchmark.js';
import { measureRates } from '../measure.js';

const FEW = 100;
const MANY = 100_000;

/** A kernel with programs on it, each attached to a function of its own, so that there are as many links. */
interface Populated {
  readonly kernel: FakeKernel;
  readonly programs: Program[];
  /** A program that was there from the start or came in a churn, none more likely than another. */
  readonly pick: () => number;
}

async function populate(count: number): Promise<Populated> {
  const kernel = new FakeKernel({ recordLimit: 1_000 });
  const programs: Program[] = [];
  for (let index = 0; index < count; index += 1) {
    const program = await kernel.load({ name: `prog_${index}`, type: 'kprobe' });
    await kernel.attach({ type: 'kprobe', program, functionName: `function_${index}` });
    programs.push(program);
  }
  // Drawn beforehand: both sizes then pay the same, little, for it.
  const random = createRandom(1);
  const draws = Uint32Array.from({ length: 65_536 }, () => random.int(0, count - 1));
  let next = 0;
  const pick = (): number => {
    next = (next + 1) & 0xffff;
    return draws[next] ?? 0;
  };
  return { kernel, programs, pick };
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

/** A program goes that may be anywhere among the others, with its link; a new one takes its place. */
async function attachAndDetach({ kernel, programs, pick }: Populated): Promise<void> {
  const program = programs[pick()];
  if (program === undefined) return;
  await kernel.detach(await kernel.attach({ type: 'kprobe', program, functionName: 'do_exit' }));
}

async function lookUp({ kernel, programs, pick }: Populated): Promise<void> {
  const program = await kernel.programById(programs[pick()]?.id ?? 0);
  await program.close();
}

async function findNext({ kernel, pick }: Populated): Promise<void> {
  await kernel.nextProgramId(pick());
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
] satisfies readonly Benchmark[];
