import assert from 'node:assert/strict';
import { release } from 'node:os';
import { KernelError } from '../../../src/core/kernel-error.js';
import { until } from '../../../src/core/until.js';
import { openSocket, setSocketOption } from '../../../src/native/socket.js';
import { encodeSocketAddress } from '../../../src/native/socket-address.js';
import { requireResult, systemCall } from '../../../src/native/system-call.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { encodeCreateNetem } from '../../../src/netns/netlink/netem.js';
import { Netns } from '../../../src/netns/netns.js';

/** What must hold of every link that is impairable, whatever it turns out to be. It asks for no test runner. */
export interface ImpairCase {
  readonly title: string;
  readonly run: () => Promise<void>;
}

/** Whether the kernel has netem, asked in a namespace of its own. */
export function hasNetem(): boolean {
  using netns = Netns.create();
  return netns.netlink.attemptAll([encodeCreateNetem({ ifindex: 1 })]).size === 0;
}

/** Whether a seed makes the chances of such a link repeat: a wire's do, and those of netem from 6.6 on. */
function repeats(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return !hasNetem() || major > 6 || (major === 6 && minor >= 6);
}

async function createPair(settings: object = { impairable: true }) {
  const lab = await createLab({
    hosts: { left: {}, right: {} },
    links: { cable: { ends: ['left', 'right'], ...settings } },
  });
  const { left, right } = lab.hosts;
  const receiver = right.udp({ port: 7000, receiveBufferBytes: 8_000_000 });
  const sender = left.udp();
  const got: number[] = [];
  receiver.socket.on('message', (data) => got.push(data.readUInt16BE(0)));
  const send = async (first: number, count = 1, bytes = 100) => {
    for (let number = first; number < first + count; number += 1) {
      const data = Buffer.alloc(bytes);
      data.writeUInt16BE(number);
      await sender.send(data, 7000, right.address);
    }
  };
  // Neighbours are found before anything is damaged.
  await send(9999);
  await until(() => got.length === 1);
  got.length = 0;
  return {
    lab,
    link: lab.links.cable,
    got,
    send,
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
}

const numbers = (first: number, count: number) => Array.from({ length: count }, (_none, index) => first + index);

/** Sends from a socket that asks to be told of every error, and is told at once: the number of each. */
function sendAndListen(pair: Awaited<ReturnType<typeof createPair>>, count: number): readonly string[] {
  const { left, right } = pair.lab.hosts;
  using socket = left.run(() => openSocket('IPv4', 'datagram'));
  const IPPROTO_IP = 0;
  const IP_RECVERR = 11;
  setSocketOption(socket.number, IPPROTO_IP, IP_RECVERR, 1, 'set IP_RECVERR');
  const to = encodeSocketAddress(right.address, 7000);
  const errors: string[] = [];
  for (const number of numbers(0, count)) {
    const data = Uint8Array.of(number >> 8, number & 255);
    const result = systemCall('sendto', socket.number, data, data.length, 0, to, to.length);
    try {
      requireResult(result, { syscall: 'sendto', action: 'send' });
    } catch (error) {
      errors.push(error instanceof KernelError ? error.code : String(error));
    }
  }
  return errors;
}

export const impairCases: readonly ImpairCase[] = [
  {
    title: 'is a netem where the kernel has it, and a wire where it has not',
    run: async () => {
      await using pair = await createPair();
      assert.equal(pair.link.medium, hasNetem() ? 'netem' : 'wire');
      assert.equal(pair.link.isUp, true);
      if (hasNetem()) {
        assert.throws(
          () => pair.link.hold(),
          /it is no wire; write cable: \{ ends: \["left", "right"\], wire: true \}/,
        );
      }
    },
  },
  {
    title: 'loses everything without a word to the sender, who asks for it, and heals',
    run: async () => {
      await using pair = await createPair();
      const loss = pair.link.impair({ aToB: { lossPercent: 100 } });
      assert.deepEqual(sendAndListen(pair, 200), []);
      // It comes after all of those, if any of them comes.
      loss[Symbol.dispose]();
      await pair.send(1000);
      await until(() => pair.got.includes(1000));
      assert.deepEqual(pair.got, [1000]);
    },
  },
  {
    title: 'loses about as many as it is told',
    run: async () => {
      await using pair = await createPair();
      using _loss = pair.link.impair({ aToB: { lossPercent: 50 }, seed: 3 });
      await pair.send(0, 400);
      pair.link.heal();
      await pair.send(1000);
      await until(() => pair.got.includes(1000));
      const arrived = pair.got.length - 1;
      // Twelve standard deviations to each side.
      assert.ok(arrived > 80 && arrived < 320, `${arrived} of 400 arrived`);
    },
  },
  {
    title: 'delays one way and not the other, and lets what is waiting arrive when it is undone',
    run: async () => {
      await using pair = await createPair();
      const slow = pair.link.impair({ aToB: { delayMs: 300 } });
      const from = performance.now();
      await pair.send(1, 3);
      slow[Symbol.dispose]();
      await until(() => pair.got.length === 3);
      const tookMs = performance.now() - from;
      assert.ok(tookMs >= 299, `it took ${tookMs} ms`);
      assert.deepEqual(pair.got, [1, 2, 3]);
    },
  },
  {
    title: 'merges what is asked for field by field, the newest first, and takes each back alone',
    run: async () => {
      await using pair = await createPair();
      const first = pair.link.impair({ both: { delayMs: 1, lossPercent: 100 } });
      const second = pair.link.impair({ aToB: { lossPercent: 0 }, seed: 77 });
      assert.deepEqual(pair.link.impairment('aToB'), { delayMs: 1, lossPercent: 0 });
      assert.deepEqual(pair.link.impairment('bToA'), { delayMs: 1, lossPercent: 100 });
      assert.equal(pair.link.seed, 77);
      await pair.send(1);
      await until(() => pair.got.length === 1);
      first[Symbol.dispose]();
      first[Symbol.dispose]();
      assert.deepEqual(pair.link.impairment('bToA'), {});
      second[Symbol.dispose]();
      assert.deepEqual(pair.link.impairment('aToB'), {});
      assert.throws(() => pair.link.impair({ both: { reorderPercent: 5 } }), /takes a delayMs beside it/);
      assert.throws(() => pair.link.impair({ both: { delayMs: -1, lossPercent: 101 } }), /2 mistakes/);
      await pair.send(2);
      await until(() => pair.got.length === 2);
    },
  },
  {
    title: 'duplicates, damages and reorders',
    run: async () => {
      await using pair = await createPair();
      using double = pair.link.impair({ aToB: { duplicatePercent: 100 } });
      await pair.send(1, 2);
      await until(() => pair.got.length === 4);
      assert.deepEqual([...pair.got].sort(), [1, 1, 2, 2]);
      double[Symbol.dispose]();
      pair.got.length = 0;

      const corrupt = pair.link.impair({ aToB: { corruptPercent: 100 } });
      await pair.send(1, 60, 1000);
      corrupt[Symbol.dispose]();
      await pair.send(2000);
      await until(() => pair.got.includes(2000));
      // One that is damaged in the address of its sender arrives: 6 bytes of 1042.
      assert.ok(pair.got.length < 30, `${pair.got.length} arrived whole`);
      pair.got.length = 0;

      pair.link.impair({ aToB: { delayMs: 50, reorderPercent: 50 }, seed: 5 });
      await pair.send(1, 40);
      await until(() => pair.got.length === 40);
      assert.notDeepEqual(pair.got, numbers(1, 40));
      assert.deepEqual(
        pair.got.toSorted((a, b) => a - b),
        numbers(1, 40),
      );
    },
  },
  {
    title: 'keeps to a rate',
    run: async () => {
      await using pair = await createPair();
      pair.link.impair({ aToB: { rateBitsPerSecond: 1_000_000 } });
      const from = performance.now();
      await pair.send(1, 26, 1000);
      await until(() => pair.got.length === 26);
      // 25 frames of 1042 bytes must have gone before the last arrives.
      const tookMs = performance.now() - from;
      assert.ok(tookMs >= 200, `it took ${tookMs} ms`);
    },
  },
  {
    title: 'has room for so many frames, and tells nobody of the others',
    run: async () => {
      await using pair = await createPair();
      pair.link.impair({ aToB: { delayMs: 700, limitPackets: 5 } });
      assert.deepEqual(sendAndListen(pair, 20), []);
      await until(() => pair.got.length === 5);
      pair.link.heal();
      await pair.send(1000);
      await until(() => pair.got.includes(1000));
      assert.deepEqual(pair.got, [0, 1, 2, 3, 4, 1000]);
    },
  },
  {
    title: 'repeats for a seed',
    run: async () => {
      await using pair = await createPair();
      const lose = async (seed: number): Promise<readonly number[]> => {
        pair.got.length = 0;
        const loss = pair.link.impair({ aToB: { lossPercent: 50 }, seed });
        await pair.send(0, 64);
        loss[Symbol.dispose]();
        await pair.send(1000);
        await until(() => pair.got.includes(1000));
        return [...pair.got];
      };
      const first = await lose(42);
      const other = await lose(43);
      const again = await lose(42);
      assert.notDeepEqual(other, first);
      if (repeats()) assert.deepEqual(again, first);
    },
  },
  {
    title: 'joins a switch and a router, carries IPv6, and a megabyte of TCP through delay and loss',
    run: async () => {
      await using lab = await createLab({
        hosts: { a: {}, b: {} },
        routers: { gate: {} },
        bridges: { lan: {} },
        links: {
          one: { ends: ['a', 'lan'], impairable: true },
          two: { ends: ['lan', 'gate'], impairable: true },
          three: ['gate', 'b'],
        },
        families: ['ipv4', 'ipv6'],
      });
      using _bad = lab.links.one.impair({ both: { delayMs: 2, lossPercent: 1 }, seed: 9 });
      const body = 'x'.repeat(300_000);
      for (const { address, family } of lab.hosts.b.addresses()) {
        lab.hosts.b.serve((_request, response) => response.end(body), { port: 80, host: address });
        const host = family === 'ipv6' ? `[${address}]` : address;
        const response = await lab.hosts.a.fetch(`http://${host}/`, { timeoutMs: 60_000 });
        assert.equal(await response.text(), body);
      }
      lab.heal();
      assert.deepEqual(lab.links.one.impairment('aToB'), {});
    },
  },
  {
    title: 'goes down and up with both its ends',
    run: async () => {
      await using pair = await createPair();
      pair.link.down();
      assert.equal(pair.link.isUp, false);
      pair.link.up();
      await until(() => pair.link.isUp);
      await pair.send(1);
      await until(() => pair.got.length === 1);
    },
  },
];

/** What holds of a link of which the spec says nothing. */
export const plainCases: readonly ImpairCase[] = [
  {
    title: 'is impaired where its ends send, if the kernel has netem, and else says what to write',
    run: async () => {
      await using pair = await createPair({});
      assert.equal(pair.link.medium, 'veth');
      if (!hasNetem()) {
        assert.throws(() => pair.link.impair({ both: { delayMs: 1 } }), {
          message:
            'link "cable".impair: this kernel has no netem; write cable: { ends: ["left", "right"], impairable: true } ' +
            'in the spec, for a wire where there is none',
        });
        assert.deepEqual(pair.link.impairment('aToB'), {});
        return;
      }
      const loss = pair.link.impair({ aToB: { lossPercent: 100 } });
      await pair.send(1, 20);
      loss[Symbol.dispose]();
      await pair.send(1000);
      await until(() => pair.got.includes(1000));
      assert.deepEqual(pair.got, [1000]);
      const tc = (words: string) => String(pair.lab.hosts.left.spawnSync('tc', ['qdisc', ...words.split(' ')]).stdout);
      assert.equal(tc('show dev eth0').includes('netem'), false);
      tc('add dev eth0 root tbf rate 1gbit burst 100kb limit 1mb');
      assert.throws(() => pair.link.impair({ aToB: { delayMs: 1 } }), /EEXIST: file exists.*left alone/);
      assert.equal(tc('show dev eth0').includes('tbf'), true);
    },
  },
];

/** What is a matter of chance: each is allowed six standard deviations, so that one run in a hundred million fails. */
export const statisticalCases: readonly ImpairCase[] = [
  {
    title: 'loses and doubles as many as it is told',
    run: async () => {
      await using pair = await createPair();
      const count = 600;
      const sendAll = async (): Promise<number> => {
        pair.got.length = 0;
        for (let first = 0; first < count; first += 100) await pair.send(first, 100);
        pair.link.heal();
        await pair.send(5000);
        await until(() => pair.got.includes(5000));
        return pair.got.length - 1;
      };
      pair.link.impair({ aToB: { lossPercent: 20 }, seed: 11 });
      const kept = await sendAll();
      assert.ok(Math.abs(kept - count * 0.8) < 6 * Math.sqrt(count * 0.2 * 0.8), `${kept} of ${count} arrived`);
      pair.link.impair({ aToB: { duplicatePercent: 10 }, seed: 12 });
      const doubled = (await sendAll()) - count;
      assert.ok(Math.abs(doubled - count * 0.1) < 6 * Math.sqrt(count * 0.1 * 0.9), `${doubled} came twice`);
    },
  },
  {
    title: 'delays by no less than it is told, and varies that',
    run: async () => {
      await using pair = await createPair();
      pair.link.impair({ aToB: { delayMs: 40, jitterMs: 20 }, seed: 13 });
      const sentMs: number[] = [];
      const tookMs: number[] = [];
      for (let number = 0; number < 30; number += 1) {
        sentMs.push(performance.now());
        await pair.send(number);
        await until(() => pair.got.includes(number));
        tookMs.push(performance.now() - (sentMs[number] ?? 0));
      }
      // Evenly from 20 to 60 ms: six deviations of the mean of 30 are 13; a machine that is busy only adds to them.
      const mean = tookMs.reduce((sum, each) => sum + each, 0) / tookMs.length;
      assert.ok(Math.min(...tookMs) >= 19.5, `one took ${Math.min(...tookMs)} ms`);
      assert.ok(mean > 27, `they took ${mean} ms`);
      assert.ok(Math.max(...tookMs) - Math.min(...tookMs) > 20, 'they took the same');
    },
  },
];
