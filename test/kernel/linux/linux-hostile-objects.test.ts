import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isGloveboxError } from '../../../src/core/errors.js';
import { KernelError } from '../../../src/core/kernel-error.js';
import { until } from '../../../src/core/until.js';
import { LinuxKernel } from '../../../src/kernel/linux/linux-kernel.js';
import { readObject } from '../../../src/kernel/linux/object/read-object.js';
import { PROGRAM_TYPES, type ProgramType } from '../../../src/kernel/objects.js';
import { takeInventory } from './linux-bench.js';
import { needsBpf } from './needs-bpf.js';
import { FIXTURES, readFixture } from './support.js';

needsBpf();

/** What a map may cost the kernel here: hostile sizes are its own to refuse, but those that it takes it fills with zeros. */
const MOST_MAP_BYTES = 16 * 1024 * 1024;

/** A number written over at a place, likelier where the headers are: a mistake there leads furthest. */
const edit = fc.record({
  place: fc.oneof(fc.nat(63), fc.integer({ min: -1024, max: -1 }), fc.nat()),
  value: fc.oneof(fc.constantFrom(0, 1, 8, 64, 0x7f, 0xff, 0xffff, 0x7fffffff, 0xffffffff), fc.nat(0xffffffff)),
  size: fc.constantFrom(1, 2, 4),
});

const file = fc.record({
  name: fc.constantFrom(...FIXTURES),
  edits: fc.array(edit, { maxLength: 4 }),
  cutAt: fc.option(fc.nat(), { freq: 6 }),
});

function damage({ name, edits, cutAt }: typeof file extends fc.Arbitrary<infer T> ? T : never): Uint8Array {
  const bytes = new Uint8Array(readFixture(name));
  for (const { place, value, size } of edits) {
    const at = ((place % bytes.length) + bytes.length) % bytes.length;
    for (let byte = 0; byte < size && at + byte < bytes.length; byte += 1) bytes[at + byte] = value >>> (8 * byte);
  }
  return cutAt === null ? bytes : bytes.subarray(0, cutAt % bytes.length);
}

/** What is asked of a file: its programs, as long as it can be read at all. */
function findWanted(bytes: Uint8Array): readonly { readonly program: string; readonly type: ProgramType }[] {
  try {
    const { programs, maps } = readObject(bytes);
    const isLarge = maps.some(
      ({ keySizeBytes, valueSizeBytes, maxEntries }) =>
        (keySizeBytes + valueSizeBytes + 64) * Math.max(1, maxEntries) > MOST_MAP_BYTES,
    );
    if (isLarge) return [];
    const toType = (type: string | undefined): ProgramType => PROGRAM_TYPES.find((each) => each === type) ?? 'xdp';
    return programs.slice(0, 3).map(({ name, type }) => ({ program: name, type: toType(type) }));
  } catch {
    return [{ program: 'drop', type: 'xdp' }];
  }
}

describe('an object file that is damaged', () => {
  test('is loaded, or refused in words, and nothing of it is left in the kernel', async () => {
    await using kernel = new LinuxKernel();
    // Whatever is opened once for all is open then.
    await (await kernel.load({ name: 'first', type: 'xdp' })).close();
    await until(() => kernel.isSettled());
    const before = takeInventory();
    const answers = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(file, async (described) => {
        const object = damage(described);
        for (const { program, type } of findWanted(object)) {
          let answer = 'loaded';
          try {
            await (await kernel.load({ name: 'hostile', type, code: { object, program } })).close();
          } catch (error) {
            if (!isGloveboxError(error) && !(error instanceof KernelError)) throw error;
            answer = error.name;
          }
          answers.set(answer, (answers.get(answer) ?? 0) + 1);
        }
        expect(takeInventory()).toEqual(before);
      }),
      { numRuns: 700 },
    );
    await until(() => kernel.isSettled());
    expect(kernel.snapshot()).toMatchObject({ programs: [], maps: [], links: [], pins: [] });
    // Else the files were damaged so that nothing ever came to the kernel, or never.
    expect([...answers.keys()]).toEqual(expect.arrayContaining(['loaded', 'UsageError', 'KernelError']));
  });

  test('leaves no map when the program that it brings it for is refused', async () => {
    await using kernel = new LinuxKernel();
    const { maps, programs } = readObject(readFixture('tc-two-maps'));
    expect(maps.length).toBeGreaterThan(1);
    const code = { object: readFixture('tc-two-maps'), program: programs[0]?.name ?? '' };
    await expect(kernel.load({ name: 'refused', type: 'tc', code, flags: 1 << 30 })).rejects.toThrow('EINVAL');
    await until(() => kernel.isSettled());
    expect(kernel.snapshot()).toMatchObject({ programs: [], maps: [] });
    expect(kernel.handleCount()).toBe(0);
  });
});
