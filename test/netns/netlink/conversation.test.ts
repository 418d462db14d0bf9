import { describe, expect, it } from 'vitest';
import { NetlinkConversation } from '../../../src/netns/netlink/conversation.js';
import { createRequest, type NetlinkMessage, NLM_F } from '../../../src/netns/netlink/message.js';
import { acknowledge, done, type Reply, ScriptedTransport } from './scripted-transport.js';

const LINK = 16;
const link = (sequence: number, ...payload: readonly number[]): Reply => ({
  type: LINK,
  sequence,
  payload: Uint8Array.from(payload),
});
const request = (action: string, flags = 0, bytes = 0) =>
  createRequest('RTM_SETLINK', new Uint8Array(bytes), action, flags);
const bytesOf = (messages: readonly NetlinkMessage[]) => messages.map(({ payload }) => [...payload]);

/** Answers each request with the error number that the script has for it, and acknowledges those that ask for it. */
function failing(errnoOf: (index: number) => number): ScriptedTransport {
  let index = 0;
  return new ScriptedTransport((requests) =>
    requests.flatMap(({ sequence, flags }) => {
      const errno = errnoOf(index++);
      return errno !== 0 || flags & NLM_F.ACK ? [[acknowledge(sequence, errno)]] : [];
    }),
  );
}

describe('a request', () => {
  it('asks for an acknowledgement and returns what came before it', () => {
    const transport = new ScriptedTransport(([asked]) => [
      [link(asked?.sequence ?? 0, 1)],
      [link(asked?.sequence ?? 0, 2), acknowledge(asked?.sequence ?? 0)],
    ]);
    expect(bytesOf(new NetlinkConversation(transport).request(request('x', NLM_F.ECHO)))).toEqual([[1], [2]]);
    expect(transport.sent[0]).toMatchObject([{ type: 19, flags: NLM_F.REQUEST | NLM_F.ACK | NLM_F.ECHO, sequence: 1 }]);
  });

  it('passes over notifications, messages without meaning, and answers to others', () => {
    const transport = new ScriptedTransport(([asked]) => {
      const sequence = asked?.sequence ?? 0;
      const noop = { type: 1, sequence };
      return [[link(0, 9), noop, acknowledge(sequence + 1, 1)], [link(sequence, 1)], [acknowledge(sequence)]];
    });
    expect(bytesOf(new NetlinkConversation(transport).request(request('x')))).toEqual([[1]]);
  });

  it('throws what the kernel refuses it with, and the conversation goes on', () => {
    const netlink = new NetlinkConversation(failing((index) => (index === 0 ? 17 : 0)));
    expect(() => netlink.request(request('create a thing'))).toThrow(
      expect.objectContaining({
        name: 'KernelError',
        code: 'EEXIST',
        message: 'create a thing: EEXIST: file exists, netlink(RTM_SETLINK)',
      }),
    );
    expect(netlink.request(request('another'))).toEqual([]);
  });

  it('for one answer throws where there is none', () => {
    expect(() => new NetlinkConversation(failing(() => 0)).requestOne(request('get link 3'))).toThrow(
      expect.objectContaining({
        code: 'ENOMSG',
        message:
          'get link 3: ENOMSG: no message of desired type, netlink(RTM_SETLINK). ' +
          'The kernel acknowledged the request, yet did not answer it',
      }),
    );
  });
});

describe('many requests', () => {
  it('go into one send, of which only the last asks for an acknowledgement, and none for an echo', () => {
    const transport = failing(() => 0);
    new NetlinkConversation(transport).requestAll([
      request('a', NLM_F.ECHO | NLM_F.CREATE),
      request('b'),
      request('c'),
    ]);
    expect(transport.sent.map((pack) => pack.map(({ sequence, flags }) => [sequence, flags]))).toEqual([
      [
        [1, NLM_F.REQUEST | NLM_F.CREATE],
        [2, NLM_F.REQUEST],
        [3, NLM_F.REQUEST | NLM_F.ACK],
      ],
    ]);
  });

  it('are sent 64 at a time, and 32 KiB at a time', () => {
    const transport = failing(() => 0);
    const netlink = new NetlinkConversation(transport);
    netlink.requestAll(Array.from({ length: 130 }, () => request('small')));
    netlink.requestAll(Array.from({ length: 5 }, () => request('large', 0, 12_000)));
    netlink.requestAll([request('too large for one', 0, 40_000), request('small')]);
    expect(transport.sent.map((pack) => pack.length)).toEqual([64, 64, 2, 2, 2, 1, 1, 1]);
  });

  it('are nothing to send where there are none', () => {
    const transport = failing(() => 0);
    new NetlinkConversation(transport).requestAll([]);
    expect(transport.sent).toEqual([]);
  });

  it('throw the one failure as it is', () => {
    const netlink = new NetlinkConversation(failing((index) => (index === 1 ? 19 : 0)));
    expect(() => netlink.requestAll([request('a'), request('b'), request('c')])).toThrow(
      expect.objectContaining({ name: 'KernelError', code: 'ENODEV', message: expect.stringMatching(/^b: ENODEV/) }),
    );
  });

  it('throw all failures together, in their order', () => {
    const netlink = new NetlinkConversation(failing((index) => [17, 0, 1][index] ?? 0));
    expect(() => netlink.requestAll([request('a'), request('b'), request('c')])).toThrow(
      expect.objectContaining({
        name: 'AggregateError',
        message:
          '2 of 3 requests to netlink failed:\n' +
          '  - a: EEXIST: file exists, netlink(RTM_SETLINK)\n' +
          '  - c: EPERM: operation not permitted, netlink(RTM_SETLINK)',
        errors: [expect.objectContaining({ code: 'EEXIST' }), expect.objectContaining({ code: 'EPERM' })],
      }),
    );
  });

  it('say which of them failed, over all sends', () => {
    const netlink = new NetlinkConversation(failing((index) => (index % 50 === 49 ? 16 : 0)));
    const failures = netlink.attemptAll(Array.from({ length: 128 }, (_, index) => request(`r${index}`)));
    expect([...failures].map(([index, { message }]) => [index, message.split(':')[0]])).toEqual([
      [49, 'r49'],
      [99, 'r99'],
    ]);
  });
});

describe('a dump', () => {
  const dump = (...datagrams: readonly (readonly Reply[])[][]) => {
    let attempt = 0;
    const transport = new ScriptedTransport(([asked]) =>
      (datagrams[attempt++] ?? []).map((replies) =>
        replies.map((reply) => ({ ...reply, sequence: asked?.sequence ?? 0 })),
      ),
    );
    return { netlink: new NetlinkConversation(transport), transport };
  };

  it('returns the messages of all datagrams to its end', () => {
    const { netlink, transport } = dump([[link(0, 1), link(0, 2)], [link(0, 3)], [done(0)]]);
    expect(bytesOf(netlink.dump(request('list')))).toEqual([[1], [2], [3]]);
    expect(transport.sent[0]).toMatchObject([{ flags: NLM_F.REQUEST | NLM_F.DUMP }]);
  });

  it('throws an error at its start and one at its end', () => {
    expect(() => dump([[acknowledge(0, 22)]]).netlink.dump(request('list'))).toThrow('list: EINVAL');
    expect(() => dump([[link(0, 1)], [done(0, 90)]]).netlink.dump(request('list'))).toThrow('list: EMSGSIZE');
  });

  it('that was interrupted by a change is begun anew', () => {
    const interrupted = [[{ ...link(0, 1), flags: NLM_F.DUMP_INTR }], [done(0)]];
    const { netlink } = dump(interrupted, [[link(0, 2)], [done(0)]]);
    expect(bytesOf(netlink.dump(request('list')))).toEqual([[2]]);
  });

  it('that is interrupted each time fails', () => {
    const interrupted = [[{ ...done(0), flags: NLM_F.DUMP_INTR }]];
    const { netlink, transport } = dump(
      ...Array<readonly (readonly Reply[])[]>(8)
        .fill(interrupted)
        .map((d) => [...d]),
    );
    expect(() => netlink.dump(request('list links'))).toThrow(
      'list links: EINTR: interrupted system call, netlink(RTM_SETLINK). ' +
        'The list changed while it was read, each of 8 times',
    );
    expect(transport.sent).toHaveLength(8);
  });

  it('whose datagram is cut off fails', () => {
    const transport = { send: () => {}, receive: () => Uint8Array.of(40, 0, 0, 0) };
    expect(() => new NetlinkConversation(transport).dump(request('list'))).toThrow(
      'read a datagram of 4 bytes: EBADMSG: bad message, netlink',
    );
  });
});
