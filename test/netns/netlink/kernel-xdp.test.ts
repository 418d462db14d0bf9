import { beforeEach, describe, expect, it } from 'vitest';
import { encodeSetXdp, type SetXdpOptions, type XdpState } from '../../../src/netns/netlink/xdp.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { findMissingBpf, getLink, loadProgram, pair, refusalOf, Sandbox } from './sandbox.js';

needsNamespaces();

const missingBpf = findMissingBpf();

beforeEach(({ skip }) => skip(missingBpf !== undefined, missingBpf));

describe('XDP by netlink in the running kernel', () => {
  const off: XdpState = {
    attached: 'none',
    programId: undefined,
    nativeProgramId: undefined,
    genericProgramId: undefined,
    offloadProgramId: undefined,
  };
  const set = (sandbox: Sandbox, options: Omit<SetXdpOptions, 'ifindex'>): XdpState => {
    sandbox.netlink.request(encodeSetXdp({ ifindex: 10, ...options }));
    return getLink(sandbox, { index: 10 }).xdp;
  };

  it('is attached in the mode that is asked for, or that the driver has, and taken off', () => {
    using sandbox = new Sandbox();
    using program = loadProgram('xdp');
    sandbox.netlink.request(pair);
    const native = set(sandbox, { programFd: program.number });
    const { programId } = native;
    expect(native).toEqual({ ...off, attached: 'native', programId, nativeProgramId: programId });
    expect(programId).toBeGreaterThan(0);
    expect(set(sandbox, { programFd: -1 })).toEqual(off);
    expect(set(sandbox, { programFd: program.number, mode: 'generic' })).toEqual({
      ...off,
      attached: 'generic',
      programId,
      genericProgramId: programId,
    });
    expect(set(sandbox, { programFd: -1, mode: 'generic' })).toEqual(off);
    expect(set(sandbox, { programFd: -1 })).toEqual(off);
  });

  it('is replaced when the expected program is there', () => {
    using sandbox = new Sandbox();
    using one = loadProgram('xdp');
    using two = loadProgram('xdp');
    sandbox.netlink.request(pair);
    const before = set(sandbox, { programFd: one.number, expectedFd: -1 });
    const after = set(sandbox, { programFd: two.number, expectedFd: one.number });
    expect(after.programId).not.toBe(before.programId);
    expect(refusalOf(sandbox, encodeSetXdp({ ifindex: 10, programFd: -1, expectedFd: one.number }))).toBe(
      'take XDP off interface 10: EEXIST: file exists, netlink(RTM_SETLINK). Active program does not match expected',
    );
  });

  it.each([
    [
      { ifindex: 10, ifNoExist: true },
      'EBUSY: device or resource busy, netlink(RTM_SETLINK). XDP program already attached',
    ],
    [
      { ifindex: 10, mode: 'generic' },
      "EEXIST: file exists, netlink(RTM_SETLINK). Native and generic XDP can't be active at the same time",
    ],
    [
      { ifindex: 1, mode: 'native' },
      'EOPNOTSUPP: operation not supported, netlink(RTM_SETLINK). Underlying driver does not support XDP in native mode',
    ],
    [{ ifindex: 11, mode: 'offload' }, 'EINVAL: invalid argument, netlink(RTM_SETLINK)'],
    [{ ifindex: 99 }, 'ENODEV: no such device, netlink(RTM_SETLINK)'],
  ] as const)('is refused on an interface with a native program beside it: %o', (options, message) => {
    using sandbox = new Sandbox();
    using program = loadProgram('xdp');
    sandbox.netlink.request(pair);
    set(sandbox, { programFd: program.number });
    expect(refusalOf(sandbox, encodeSetXdp({ programFd: program.number, ...options }))).toBe(
      `attach XDP to interface ${options.ifindex}: ${message}`,
    );
  });
});
