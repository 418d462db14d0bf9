import { describe, expect, it } from 'vitest';
import { NetlinkSocket } from '../../../src/native/netlink-socket.js';
import { runInNetns } from '../../../src/native/netns.js';
import { NetlinkConversation } from '../../../src/netns/netlink/conversation.js';
import { encodeSetLink } from '../../../src/netns/netlink/link-requests.js';
import {
  decodeSockets,
  encodeListSockets,
  type ListSocketsOptions,
  NETLINK_SOCK_DIAG,
} from '../../../src/netns/netlink/sock-diag.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { bindUdp, openUdp, Sandbox, sendUdp } from './sandbox.js';

needsNamespaces();

function list({ netns }: Sandbox, options: ListSocketsOptions) {
  using socket = runInNetns(netns.number, () => new NetlinkSocket(NETLINK_SOCK_DIAG));
  return decodeSockets(new NetlinkConversation(socket).dump(encodeListSockets(options)));
}

describe('sockets of the running kernel', () => {
  it('are listed with what waits in them and what was dropped', () => {
    using sandbox = new Sandbox();
    sandbox.netlink.request(encodeSetLink({ index: 1, isUp: true }));
    using receiver = openUdp(sandbox);
    using sender = openUdp(sandbox);
    bindUdp(receiver, '127.0.0.1', 5000);
    expect(list(sandbox, { protocol: 'udp', family: 'ipv4' })).toEqual([
      {
        family: 'ipv4',
        state: 'close',
        localAddress: '127.0.0.1',
        localPort: 5000,
        remoteAddress: '0.0.0.0',
        remotePort: 0,
        ifindex: undefined,
        receiveQueue: 0,
        sendQueue: 0,
        userId: 0,
        inode: expect.any(Number),
        cookie: expect.any(BigInt),
        isIpv6Only: undefined,
        memory: expect.objectContaining({ receiveAllocatedBytes: 0, drops: 0 }),
      },
    ]);
    for (let sent = 0; sent < 10_000; sent += 1) sendUdp(sender, '127.0.0.1', 5000, new Uint8Array(1000));
    const [full] = list(sandbox, { protocol: 'udp', family: 'ipv4' }).filter(({ localPort }) => localPort === 5000);
    expect(full?.memory?.drops).toBeGreaterThan(0);
    expect(full?.receiveQueue).toBeGreaterThan(0);
    expect(full?.memory?.receiveAllocatedBytes).toBeGreaterThan(0);
  });

  it('are listed of one protocol, family and state alone', () => {
    using sandbox = new Sandbox();
    using socket = openUdp(sandbox);
    bindUdp(socket, '127.0.0.1', 5000);
    expect(list(sandbox, { protocol: 'tcp', family: 'ipv4' })).toEqual([]);
    expect(list(sandbox, { protocol: 'udp', family: 'ipv6' })).toEqual([]);
    expect(list(sandbox, { protocol: 'udp', family: 'ipv4', states: ['established', 'listen'] })).toEqual([]);
    expect(list(sandbox, { protocol: 'udp', family: 'ipv4', states: ['close'] })).toHaveLength(1);
  });
});
