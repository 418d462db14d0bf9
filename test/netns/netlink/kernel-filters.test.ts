import { beforeEach, describe, expect, it } from 'vitest';
import {
  decodeBpfFilters,
  decodeFilter,
  encodeAddFilter,
  encodeDeleteFilter,
  encodeListFilters,
} from '../../../src/netns/netlink/filters.js';
import { encodeCreateClsact } from '../../../src/netns/netlink/qdiscs.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { findMissingBpf, loadProgram, pair, refusalOf, Sandbox } from './sandbox.js';

needsNamespaces();

const missingBpf = findMissingBpf();

beforeEach(({ skip }) => skip(missingBpf !== undefined, missingBpf));

describe('cls_bpf filters of the running kernel', () => {
  const hook = { ifindex: 10, direction: 'ingress' } as const;
  const prepare = (sandbox: Sandbox) => sandbox.netlink.requestAll([pair, encodeCreateClsact({ ifindex: 10 })]);
  const add = (
    { netlink }: Sandbox,
    programFd: number,
    more: { priority?: number; handle?: number; exclusive?: boolean } = {},
  ) => decodeFilter(netlink.requestOne(encodeAddFilter({ ...hook, programFd, ...more })));
  const list = ({ netlink }: Sandbox) =>
    decodeBpfFilters(netlink.dump(encodeListFilters(hook))).map(({ priority, handle }) => [priority, handle]);

  it('answer an addition with the priority and the handle that the kernel chose', () => {
    using sandbox = new Sandbox();
    using program = loadProgram('tc');
    prepare(sandbox);
    expect(add(sandbox, program.number)).toEqual({
      ...hook,
      priority: 49_152,
      handle: 1,
      protocol: 3,
      chain: 0,
      kind: 'bpf',
      programId: expect.any(Number),
      name: undefined,
      directAction: true,
    });
    expect(add(sandbox, program.number)).toMatchObject({ priority: 49_151, handle: 1 });
    expect(add(sandbox, program.number, { priority: 50 })).toMatchObject({ priority: 50, handle: 1 });
    expect(add(sandbox, program.number, { priority: 50 })).toMatchObject({ priority: 50, handle: 2 });
  });

  it('are listed for one hook in the order they run, with their programs and names', () => {
    using sandbox = new Sandbox();
    using one = loadProgram('tc');
    using two = loadProgram('tc');
    prepare(sandbox);
    const { programId } = add(sandbox, one.number, { priority: 2 });
    add(sandbox, two.number, { priority: 1 });
    sandbox.netlink.request(
      encodeAddFilter({ ...hook, direction: 'egress', programFd: one.number, priority: 7, handle: 9, name: 'mine' }),
    );
    expect(list(sandbox)).toEqual([
      [1, 1],
      [2, 1],
    ]);
    const egress = sandbox.netlink.dump(encodeListFilters({ ...hook, direction: 'egress' }));
    expect(decodeBpfFilters(egress)).toMatchObject([
      { direction: 'egress', priority: 7, handle: 9, programId, name: 'mine' },
    ]);
  });

  it('are replaced where the place is taken and the addition is not exclusive', () => {
    using sandbox = new Sandbox();
    using one = loadProgram('tc');
    using two = loadProgram('tc');
    prepare(sandbox);
    const before = add(sandbox, one.number, { priority: 5, handle: 3 });
    const after = add(sandbox, two.number, { priority: 5, handle: 3, exclusive: false });
    expect(after.programId).not.toBe(before.programId);
    expect(list(sandbox)).toEqual([[5, 3]]);
  });

  it('are deleted one by one, by priority, and all together', () => {
    using sandbox = new Sandbox();
    using program = loadProgram('tc');
    prepare(sandbox);
    for (const priority of [1, 2, 2, 2, 3]) add(sandbox, program.number, { priority });
    sandbox.netlink.request(encodeDeleteFilter({ ...hook, priority: 2, handle: 2 }));
    expect(list(sandbox)).toEqual([
      [1, 1],
      [2, 3],
      [2, 1],
      [3, 1],
    ]);
    sandbox.netlink.request(encodeDeleteFilter({ ...hook, priority: 2 }));
    expect(list(sandbox)).toEqual([
      [1, 1],
      [3, 1],
    ]);
    sandbox.netlink.request(encodeDeleteFilter(hook));
    expect(list(sandbox)).toEqual([]);
    expect(refusalOf(sandbox, encodeDeleteFilter(hook))).toBe('done');
  });

  it.each([
    [{ priority: 5 }, 'Filter with specified priority/protocol not found'],
    [{ priority: 5, handle: 1 }, 'Filter with specified priority/protocol not found'],
    [{ priority: 4, handle: 2 }, 'Specified filter handle not found'],
  ])('that are not there are ENOENT to delete: %o', (place, words) => {
    using sandbox = new Sandbox();
    using program = loadProgram('tc');
    prepare(sandbox);
    add(sandbox, program.number, { priority: 4 });
    expect(refusalOf(sandbox, encodeDeleteFilter({ ...hook, ...place }))).toMatch(
      new RegExp(`: ENOENT: no such file or directory, netlink\\(RTM_DELTFILTER\\)\\. ${words}$`),
    );
  });

  it('of a hook that never had one are ENOENT to delete, in other words', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    expect(refusalOf(sandbox, encodeDeleteFilter({ ...hook, priority: 5 }))).toBe(
      'delete the filters of priority 5 of ingress of interface 10: ENOENT: no such file or directory, ' +
        'netlink(RTM_DELTFILTER). Cannot find specified filter chain',
    );
  });

  it('need a device, a clsact, a place of their own and a program of their type', () => {
    using sandbox = new Sandbox();
    using tc = loadProgram('tc');
    using xdp = loadProgram('xdp');
    prepare(sandbox);
    add(sandbox, tc.number, { priority: 1, handle: 1 });
    const refusal = (programFd: number, more: { ifindex?: number; priority?: number; handle?: number }) =>
      refusalOf(sandbox, encodeAddFilter({ ...hook, programFd, ...more })).replace(/^.*?: (?=E)/, '');
    expect([
      refusal(tc.number, { ifindex: 99 }),
      refusal(tc.number, { ifindex: 11 }),
      refusal(tc.number, { priority: 1, handle: 1 }),
      refusal(xdp.number, {}),
      refusal(0x7fffffff, {}),
    ]).toEqual([
      'ENODEV: no such device, netlink(RTM_NEWTFILTER)',
      "EINVAL: invalid argument, netlink(RTM_NEWTFILTER). Parent Qdisc doesn't exists",
      'EEXIST: file exists, netlink(RTM_NEWTFILTER). Filter already exists',
      'EINVAL: invalid argument, netlink(RTM_NEWTFILTER)',
      'EBADF: bad file descriptor, netlink(RTM_NEWTFILTER)',
    ]);
  });

  it('are none where there is no clsact and no device', () => {
    using sandbox = new Sandbox();
    sandbox.netlink.request(pair);
    for (const ifindex of [10, 99]) {
      expect(sandbox.netlink.dump(encodeListFilters({ ...hook, ifindex }))).toEqual([]);
    }
  });
});
