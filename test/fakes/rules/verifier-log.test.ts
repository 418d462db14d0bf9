import { describe, expect, test } from 'vitest';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import type { KernelProfileName } from '../../../src/fakes/kernel/profiles.js';
import type { VerifierLogOptions } from '../../../src/kernel/objects.js';
import { EXIT_ONLY, instructions, load, newKernel } from './support.js';

/** What is left of a load: `ok`, or the code and the log. */
async function tryLoad(
  verifierLog: VerifierLogOptions,
  { profile = '6.18', code }: { profile?: KernelProfileName; code?: { readonly instructions: Uint8Array } } = {},
): Promise<readonly [string, string?]> {
  const loading = load(newKernel({ profile }), 'xdp', { verifierLog, ...(code === undefined ? {} : { code }) });
  try {
    await loading;
    return ['ok'];
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'verifierLog' in error)) throw error;
    return [String(error.code), String(error.verifierLog)];
  }
}

const SUMMARY = 'insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n';
const REFUSAL = `0: R1=ctx() R10=fp0\n0: (95) exit\nR0 !read_ok\nprocessed 1 ${SUMMARY}`;

// kernel/bpf/log.c; sizes and texts were taken from 6.18
describe('a log of the verifier with a limit', () => {
  test('holds what the verifier says of a program that it refuses', async () => {
    expect(await tryLoad({ sizeBytes: 4096 }, { code: EXIT_ONLY })).toEqual(['EACCES', REFUSAL]);
    expect(await tryLoad({ sizeBytes: 4096, level: 8 }, { code: EXIT_ONLY })).toEqual([
      'EACCES',
      `R0 !read_ok\nprocessed 1 ${SUMMARY}`,
    ]);
    expect(await tryLoad({ sizeBytes: 0, level: 0 }, { code: EXIT_ONLY })).toEqual(['EACCES', '']);
  });

  test('must have room for the whole of it and a NUL; else it is ENOSPC, with the tail, or the head', async () => {
    const code = EXIT_ONLY;
    expect(await tryLoad({ sizeBytes: 143 }, { code })).toEqual(['EACCES', REFUSAL]);
    expect(await tryLoad({ sizeBytes: 142 }, { code })).toEqual(['ENOSPC', REFUSAL.slice(1)]);
    expect(await tryLoad({ sizeBytes: 10 }, { code })).toEqual(['ENOSPC', 'k_read 0\n']);
    expect(await tryLoad({ sizeBytes: 10, keep: 'head' }, { code })).toEqual(['ENOSPC', '0: R1=ctx']);
    expect(await tryLoad({ sizeBytes: 10, level: 9 }, { code })).toEqual(['ENOSPC', '0: R1=ctx']);
    expect(await tryLoad({ sizeBytes: 1 }, { code })).toEqual(['ENOSPC', '']);
  });

  test('must have room for what is said of a good program too', async () => {
    expect(await tryLoad({ sizeBytes: 98 })).toEqual(['ok']);
    expect(await tryLoad({ sizeBytes: 97 })).toEqual(['ENOSPC', `rocessed 2 ${SUMMARY}`]);
    expect(await tryLoad({ sizeBytes: 50, keep: 'head' })).toEqual([
      'ENOSPC',
      'processed 2 insns (limit 1000000) max_states_per_',
    ]);
  });

  test('counts the trace that level 1 forgets in the end: the longest that the log was must fit', async () => {
    const code = instructions(6);
    expect(await tryLoad({ sizeBytes: 259 }, { code })).toEqual(['ok']);
    expect(await tryLoad({ sizeBytes: 258 }, { code })).toEqual(['ENOSPC', `processed 6 ${SUMMARY}`]);
    expect(await tryLoad({ sizeBytes: 260 }, { code, profile: '6.1' })).toEqual(['ok']);
    expect((await tryLoad({ sizeBytes: 259 }, { code, profile: '6.1' }))[0]).toBe('ENOSPC');
    expect(await tryLoad({ sizeBytes: 258, level: 8 }, { code })).toEqual(['ok']);
  });

  test('before 6.4 keeps the head, whichever is asked for, and has a byte less', async () => {
    const old = { profile: '6.1', code: EXIT_ONLY } as const;
    expect(await tryLoad({ sizeBytes: 144 }, old)).toEqual(['EACCES', REFUSAL]);
    expect(await tryLoad({ sizeBytes: 143 }, old)).toEqual(['ENOSPC', REFUSAL]);
    expect(await tryLoad({ sizeBytes: 130, keep: 'tail' }, old)).toEqual(['ENOSPC', REFUSAL.slice(0, 129)]);
    expect(await tryLoad({ sizeBytes: 130, keep: 'head' }, old)).toEqual(['ENOSPC', REFUSAL.slice(0, 129)]);
  });

  // bpf_verifier_log_attr_valid
  test.each<[string, VerifierLogOptions, string, string]>([
    ['a buffer without a level', { level: 0, sizeBytes: 4096 }, 'EINVAL', 'EINVAL'],
    ['neither', { level: 0, sizeBytes: 0 }, 'ok', 'ok'],
    ['a level without a buffer', { level: 1, sizeBytes: 0 }, 'ok', 'EINVAL'],
    ['an unknown level', { level: 16, sizeBytes: 4096 }, 'EINVAL', 'EINVAL'],
    ['BPF_LOG_FIXED', { level: 9, sizeBytes: 4096 }, 'ok', 'EINVAL'],
    ['127 bytes', { sizeBytes: 127 }, 'ok', 'EINVAL'],
    ['a gigabyte', { sizeBytes: 2 ** 30 }, 'EINVAL', 'EINVAL'],
    ['a byte less', { sizeBytes: 2 ** 30 - 1 }, 'ok', 'ok'],
  ])('with %s: %j is %s, and %s before 6.4', async (_, log, expected, before) => {
    expect((await tryLoad(log))[0]).toBe(expected);
    expect((await tryLoad(log, { profile: '6.1' }))[0]).toBe(before);
  });

  test('cuts what a test says of the program as well', async () => {
    const kernel = new FakeKernel({ verifier: () => ({ code: 'EACCES', log: 'it is too clever' }) });
    const loading = kernel.load({ name: 'x', type: 'xdp', verifierLog: { sizeBytes: 7 } });
    await expect(loading).rejects.toMatchObject({ code: 'ENOSPC', verifierLog: 'clever' });
    const whole = kernel.load({ name: 'x', type: 'xdp', verifierLog: { sizeBytes: 17 } });
    await expect(whole).rejects.toMatchObject({ code: 'EACCES', verifierLog: 'it is too clever' });
  });
});
