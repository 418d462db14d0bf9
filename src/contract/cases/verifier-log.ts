import assert from 'node:assert/strict';
import type { VerifierLogOptions } from '../../kernel/objects.js';
import type { ContractCase } from '../contract-case.js';
import type { ContractWorld } from '../world.js';
import { codeOf, EXIT_ONLY, instructions, load, programIds, refusalOf } from './support.js';

const LOG = 'kernel/bpf/log.c, bpf_vlog_finalize';
/** BPF_LOG_LEVEL2: what of a good program is told too. */
const EVERYTHING = 2;

/** `count` times r1 = 0, then an exit without a value: refused, after a line of the log for each of them. */
function longRefusal(count: number): { readonly instructions: Uint8Array } {
  const { instructions: bytes } = instructions(count + 1);
  for (let offset = 0; offset < count * 8; offset += 8) bytes[offset + 1] = 1;
  return { instructions: bytes };
}

/** The log of a program that is refused, in a buffer as wanted. */
async function logOf(world: ContractWorld, code: string, verifierLog: VerifierLogOptions): Promise<string> {
  const error = await refusalOf(load(world, 'xdp', { code: longRefusal(64), verifierLog }));
  assert.equal(error.code, code);
  return error.verifierLog ?? '';
}

/** What is left of a log of some kilobytes in a buffer of 512 bytes, of which the last is the end of the text. */
function truncatedCase(
  id: string,
  what: string,
  keep: VerifierLogOptions['keep'],
  bounds: Pick<ContractCase, 'since' | 'until'>,
): ContractCase {
  return {
    id,
    rules: ['load.log-truncated'],
    title: `of a log that does not fit, ${what}`,
    source: 'kernel/bpf/log.c, bpf_verifier_vlog, bpf_vlog_finalize',
    ...bounds,
    run: async (world) => {
      const whole = await logOf(world, 'EACCES', { sizeBytes: 65_536, level: EVERYTHING });
      const rest = keep === undefined ? {} : { keep };
      const log = await logOf(world, 'ENOSPC', { sizeBytes: 512, level: EVERYTHING, ...rest });
      assert.equal(log, keep === 'tail' ? whole.slice(-511) : whole.slice(0, 511));
    },
  };
}

/** Cases of what the verifier refuses, and of what it writes. */
export const VERIFIER_CASES: readonly ContractCase[] = [
  {
    id: 'load.verifier-unset-return-value',
    rules: ['load.verifier'],
    title: 'a program that returns what it never set is EACCES, and the log says so',
    source: 'kernel/bpf/verifier.c, check_reg_arg',
    run: async (world) => {
      const error = await refusalOf(load(world, 'xdp', { code: EXIT_ONLY }));
      assert.equal(error.code, 'EACCES');
      assert.match(error.verifierLog ?? '', /R0 !read_ok/);
    },
  },
  {
    id: 'load.verifier-open-end',
    rules: ['load.verifier'],
    title: 'a program that runs off its end is EINVAL, and the log says so',
    source: 'kernel/bpf/verifier.c, check_subprogs',
    run: async (world) => {
      const openEnd = { instructions: Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0) };
      const error = await refusalOf(load(world, 'xdp', { code: openEnd }));
      assert.equal(error.code, 'EINVAL');
      assert.match(error.verifierLog ?? '', /last insn is not an exit or jmp/);
    },
  },
  {
    id: 'load.verifier-summary',
    rules: ['load.verifier'],
    title: 'a log ends with how many instructions were looked at',
    source: 'kernel/bpf/verifier.c, print_verification_stats',
    run: async (world) => {
      const error = await refusalOf(load(world, 'xdp', { code: EXIT_ONLY }));
      assert.match(error.verifierLog ?? '', /processed \d+ insns \(limit 1000000\)[^\n]*\n?$/);
    },
  },
  {
    id: 'load.log-fits',
    rules: ['load.log-truncated'],
    title: 'a log that fits changes nothing: a refusal is EACCES, a good program loads',
    source: LOG,
    run: async (world) => {
      const verifierLog = { sizeBytes: 65_536, level: EVERYTHING };
      assert.match(await logOf(world, 'EACCES', verifierLog), /R0 !read_ok/);
      assert.equal(await codeOf(load(world, 'xdp', { verifierLog })), 'ok');
    },
  },
  {
    id: 'load.log-truncated-refusal',
    rules: ['load.log-truncated'],
    title: 'a refusal whose log does not fit is ENOSPC',
    source: LOG,
    run: async (world) => {
      await logOf(world, 'ENOSPC', { sizeBytes: 128, level: EVERYTHING });
    },
  },
  {
    id: 'load.log-truncated-good-program',
    rules: ['load.log-truncated'],
    title: 'a good program whose log does not fit is ENOSPC, and not loaded',
    source: LOG,
    run: async (world) => {
      const verifierLog = { sizeBytes: 128, level: EVERYTHING };
      assert.equal(await codeOf(load(world, 'xdp', { code: instructions(64), verifierLog })), 'ENOSPC');
      assert.deepEqual(await programIds(world.kernel), []);
    },
  },
  {
    id: 'load.log-overflows-on-the-way',
    rules: ['load.log-truncated'],
    title: 'a good program whose log does not fit on the way is ENOSPC, though what is left of it in the end would fit',
    source: 'kernel/bpf/log.c, bpf_vlog_reset, bpf_vlog_finalize',
    run: async (world) => {
      const small = { sizeBytes: 128, level: 1 };
      assert.equal(await codeOf(load(world, 'xdp', { code: instructions(2), verifierLog: small })), 'ok');
      assert.equal(await codeOf(load(world, 'xdp', { code: instructions(64), verifierLog: small })), 'ENOSPC');
    },
  },
  truncatedCase('load.log-tail', 'the end is kept', 'tail', { since: '6.4' }),
  truncatedCase('load.log-head', 'the start is kept with BPF_LOG_FIXED', 'head', { since: '6.4' }),
  truncatedCase('load.log-head-always', 'the start is kept', undefined, { until: '6.4' }),
  {
    id: 'load.log-small',
    rules: ['load.log-options'],
    title: 'a buffer of less than 128 bytes is one that the log does not fit into: ENOSPC',
    source: 'kernel/bpf/log.c, bpf_verifier_log_attr_valid',
    since: '6.4',
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'xdp', { verifierLog: { sizeBytes: 64 } })), 'ENOSPC');
    },
  },
  {
    id: 'load.log-too-small',
    rules: ['load.log-options'],
    title: 'a buffer of less than 128 bytes is EINVAL',
    source: 'kernel/bpf/verifier.c, bpf_check',
    until: '6.4',
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'xdp', { verifierLog: { sizeBytes: 127 } })), 'EINVAL');
    },
  },
  {
    id: 'load.log-no-level',
    rules: ['load.log-options'],
    title: 'a buffer for a log of no level is EINVAL',
    source: 'kernel/bpf/log.c, bpf_verifier_log_attr_valid',
    run: async (world) => {
      const verifierLog = { sizeBytes: 4096, level: 0 };
      assert.equal(await codeOf(load(world, 'xdp', { verifierLog })), 'EINVAL');
    },
  },
  {
    id: 'load.log-unknown-level',
    rules: ['load.log-options'],
    title: 'a level that there is not is EINVAL',
    source: 'kernel/bpf/log.c, bpf_verifier_log_attr_valid',
    run: async (world) => {
      const verifierLog = { sizeBytes: 4096, level: 16 };
      assert.equal(await codeOf(load(world, 'xdp', { verifierLog })), 'EINVAL');
    },
  },
  ...(['ok', 'EINVAL'] as const).flatMap((answer): readonly ContractCase[] => {
    const suffix = answer === 'ok' ? '' : '-refused';
    const bounds = answer === 'ok' ? { since: '6.4' } : { until: '6.4' };
    return [
      {
        id: `load.log-without-buffer${suffix}`,
        rules: ['load.log-options'],
        title: `a level without a buffer is ${answer === 'ok' ? 'taken' : answer}`,
        source: 'kernel/bpf/log.c, bpf_verifier_log_attr_valid',
        ...bounds,
        run: async (world) => {
          assert.equal(await codeOf(load(world, 'xdp', { verifierLog: { sizeBytes: 0, level: 1 } })), answer);
        },
      },
      {
        id: `load.log-fixed${suffix}`,
        rules: ['load.log-options'],
        title: `BPF_LOG_FIXED is ${answer === 'ok' ? 'taken' : answer}`,
        source: 'kernel/bpf/log.c, bpf_verifier_log_attr_valid',
        ...bounds,
        run: async (world) => {
          assert.equal(await codeOf(load(world, 'xdp', { verifierLog: { sizeBytes: 4096, level: 1 + 8 } })), answer);
        },
      },
    ];
  }),
];
