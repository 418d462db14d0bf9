import { spawnSync } from 'node:child_process';
import { existsSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Capture, openCapture } from '../../../src/netns/capture/capture.js';
import { readCaptureOptions } from '../../../src/netns/capture/capture-options.js';
import { chooseRingSize, listEnds } from '../../../src/netns/capture/capture-ports.js';
import type { CapturedFrame } from '../../../src/netns/capture/captured-frame.js';
import { type CreateLabOptions, createLab } from '../../../src/netns/lab/create-lab.js';
import { PacketSocket } from '../../../src/netns/packet-socket.js';
import { generateTraffic } from '../../../src/netns/traffic/generate-traffic.js';
import { createFolder } from '../../support/create-folder.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

async function openLab(options?: CreateLabOptions) {
  const lab = keep(
    await createLab(
      {
        hosts: { left: {}, right: {} },
        links: { plain: ['left', 'right'], wire: { ends: ['left', 'right'], wire: true } },
      },
      options,
    ),
  );
  const [plain, wire] = (['plain', 'wire'] as const).map(
    (link) => lab.hosts.right.interface(link).addresses[0]?.address ?? '',
  );
  return { lab, left: lab.hosts.left, right: lab.hosts.right, plain: plain ?? '', wire: wire ?? '' };
}

const UDP = { protocol: 'udp' } as const;
const toText = (frame: CapturedFrame): string => Buffer.from(frame.payload ?? []).toString();
const toLine = (frame: CapturedFrame): string =>
  `${toText(frame)} ${frame.direction} ${frame.port.link} ${frame.port.node}`;

async function say(text: string, address: string, { left, right }: Awaited<ReturnType<typeof openLab>>): Promise<void> {
  const receiver = right.udp({ host: address });
  const sender = left.udp();
  await sender.send(text, receiver.port, address);
  await receiver.receive();
  await Promise.all([sender.close(), receiver.close()]);
}

describe('a capture', () => {
  test('has each frame once, where it was received, whatever link it took', async () => {
    const setUp = await openLab();
    const capture = await setUp.lab.capture({ filter: UDP });
    await say('one', setUp.plain, setUp);
    await say('two', setUp.wire, setUp);
    const [one, two, ...others] = await capture.frames();
    expect([one, two].map((frame) => frame && toLine(frame))).toEqual(['one in plain right', 'two in wire right']);
    expect(others).toEqual([]);
    expect(one?.udp?.destinationPort).toBeGreaterThan(0);
    expect(one?.port).toEqual({ link: 'plain', node: 'right', interface: setUp.right.interface('plain').name });
    expect(Math.abs((one?.atMs ?? 0) - Date.now())).toBeLessThan(60_000);
    expect((one?.atNs ?? 0n) < (two?.atNs ?? 0n)).toBe(true);
    expect(capture.counts()).toEqual({ received: 2, dropped: 0, overwritten: 0 });
  });

  test('has a file to itself, in its lab and beside other labs, until it is stopped', async () => {
    const [{ lab }, other] = [await openLab(), await openLab()];
    const folder = createFolder();
    const [file, alias] = [join(folder, 'a.pcapng'), join(folder, 'b.pcapng')];
    const first = await lab.links.plain.capture({ file });
    symlinkSync(file, alias);
    await expect(lab.capture({ file: alias })).rejects.toThrow(
      `capture: file "${alias}" is being written by the capture of plain to "${file}"; stop that first, or give another file`,
    );
    await expect(other.lab.capture({ file })).rejects.toThrow(
      `capture: file "${file}" is being written by another capture; stop that first, or give another file`,
    );
    expect(statSync(file).size).toBeGreaterThan(0);
    await first.stop();
    await (await lab.capture({ file: alias })).stop();
    await (await other.lab.capture({ file })).stop();
  });

  test('takes no more memory than it may have, whatever the number of interfaces, or refuses', () => {
    const [MiB, total] = [1024 * 1024, 64 * 1024 * 1024];
    for (const ports of [1, 2, 7, 128, 129, 1560, 2048]) {
      const { blockBytes, blockCount } = chooseRingSize(ports, { total, most: 8 * MiB });
      expect(ports * blockBytes * blockCount).toBeLessThanOrEqual(total);
      expect(blockCount).toBeGreaterThanOrEqual(4);
    }
    expect(chooseRingSize(128, { total, most: 8 * MiB }).blockBytes).toBe(128 * 1024);
    expect(() => chooseRingSize(2049, { total, most: 8 * MiB })).toThrow(
      "lab.capture: 2049 interfaces are more than the 2048 that the kernel's memory for it has room for; name fewer links: { links: [...] }",
    );
  });

  test('has whole frames also with the smallest blocks, of which many interfaces have some', async () => {
    const setUp = await openLab();
    const settings = readCaptureOptions('capture', { filter: UDP }, ['plain']);
    const ends = listEnds([setUp.lab.links.plain]);
    await using capture = await openCapture(ends, settings, { total: 2 * 4 * 8192, most: 8192 * 4 });
    await say('x'.repeat(1400), setUp.plain, setUp);
    const [frame] = await capture.frames();
    expect(frame && toText(frame)).toBe('x'.repeat(1400));
  });

  test('shows on both sides what a wire lost', async () => {
    const { lab, left, wire } = await openLab();
    lab.links.wire.impair({ aToB: { lossPercent: 50 }, seed: 7 });
    const capture = await lab.links.wire.capture({ sides: 'both', filter: UDP });
    await generateTraffic(left, { to: { address: wire, port: 9 }, count: 200 });
    await capture.waitFor(({ direction, udp }) => direction === 'in' && udp !== undefined);
    await expect.poll(() => lab.links.wire.counts('aToB').received).toBeGreaterThanOrEqual(200);
    const frames = await capture.frames();
    const sent = frames.filter(({ direction, port }) => direction === 'out' && port.node === 'left');
    const received = frames.filter(({ direction, port }) => direction === 'in' && port.node === 'right');
    expect(sent).toHaveLength(200);
    expect(received.length).toBeGreaterThan(50);
    expect(received.length).toBeLessThan(150);
    expect(sent.length + received.length).toBe(frames.length);
  });

  test('loses nothing while the thread of the test is busy', async () => {
    const { lab, left, plain } = await openLab();
    const capture = await lab.capture({ links: ['plain'], filter: UDP, snapLength: 42 });
    const traffic = generateTraffic(left, {
      to: { address: plain, port: 9 },
      count: 20_000,
      rateFramesPerSecond: 50_000,
    });
    const word = new Int32Array(new SharedArrayBuffer(4));
    Atomics.wait(word, 0, 0, 500);
    const { sent } = await traffic;
    await capture.stop();
    expect(capture.counts()).toEqual({ received: sent, dropped: 0, overwritten: 0 });
    const [frame] = await capture.frames();
    expect([frame?.bytes.length, frame?.lengthBytes]).toEqual([42, 42 + 64]);
  });

  test('keeps the last frames in the memory that it may have, and tells how many it overwrote', async () => {
    const { lab, left, plain } = await openLab();
    const capture = await lab.capture({ filter: UDP, maxBytes: 65_536 });
    await generateTraffic(left, {
      to: { address: plain, port: 9 },
      count: 3000,
      sizeBytes: 64,
      rateFramesPerSecond: 50_000,
    });
    await capture.stop();
    const frames = await capture.frames();
    const { received, overwritten, dropped } = capture.counts();
    expect([received, dropped]).toEqual([3000, 0]);
    expect(frames.length).toBe(received - overwritten);
    expect(frames.length).toBeGreaterThan(200);
    expect(frames.map(({ index }) => index)).toEqual(frames.map((_frame, at) => overwritten + at));
    expect(frames.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(65_536);
  });

  test('waits for a frame, past or to come', async () => {
    const setUp = await openLab();
    const capture = await setUp.lab.capture({ filter: UDP });
    await say('past', setUp.plain, setUp);
    expect(toText(await capture.waitFor((frame) => toText(frame) === 'past'))).toBe('past');
    const coming = capture.waitFor((frame) => toText(frame) === 'to come');
    await say('else', setUp.plain, setUp);
    await say('to come', setUp.wire, setUp);
    expect((await coming).port.link).toBe('wire');
  });

  test('tells what came instead of the frame that was waited for', async () => {
    const setUp = await openLab();
    const capture = await setUp.lab.capture({ filter: UDP });
    await expect(capture.waitFor(() => true, { timeoutMs: 0 })).rejects.toThrow(
      'No frame that was waited for came within 0 ms: none was captured at all',
    );
    await say('else', setUp.plain, setUp);
    await capture.frames();
    await expect(capture.waitFor(() => false, { timeoutMs: 50 })).rejects.toThrow(
      /^No frame that was waited for came within 50 ms: 1 were captured, the last of them\n- udp 10\.0\.0\.1:\d+ > 10\.0\.0\.2:\d+, 46 bytes, in at right:eth0 \(link "plain"\)$/,
    );
    const calledOff = capture.waitFor(() => false, { signal: AbortSignal.abort('enough') });
    await expect(calledOff).rejects.toThrow('The wait for a frame was called off');
    const ended = expect(capture.waitFor(() => false)).rejects.toThrow(
      'capture is closed: waitFor() is no longer possible. No frame matched: 1 were captured',
    );
    await capture.stop();
    await ended;
    await expect(capture.waitFor(() => false)).rejects.toThrow('capture is closed');
    expect(toText(await capture.waitFor(() => true))).toBe('else');
  });

  test('a predicate that throws says so', async () => {
    const setUp = await openLab();
    const capture = await setUp.lab.capture({ filter: UDP });
    await say('else', setUp.plain, setUp);
    const failing = capture.waitFor(() => {
      throw new RangeError('mine');
    });
    await expect(failing).rejects.toThrow('mine');
  });

  test('has VLAN tags back that the kernel takes out', async () => {
    const { lab, left } = await openLab();
    const capture = await lab.capture();
    using raw = new PacketSocket({ netns: left.netns, ifindex: left.interface('plain').ifindex });
    const frame = Uint8Array.from([
      ...Array<number>(12).fill(2),
      0x81,
      0,
      0x20,
      7,
      0x88,
      0xb5,
      ...Array<number>(46).fill(1),
    ]);
    raw.send(frame);
    const tagged = await capture.waitFor(({ vlanIds }) => vlanIds.length > 0);
    expect(tagged.vlanIds).toEqual([7]);
    expect(Uint8Array.from(tagged.bytes)).toEqual(frame);
    expect(tagged.lengthBytes).toBe(frame.length);
  });

  test('goes on when a link is cut and mended', async () => {
    const setUp = await openLab();
    const capture = await setUp.lab.capture({ filter: UDP });
    setUp.lab.links.plain.down();
    setUp.lab.links.plain.up();
    await say('after', setUp.plain, setUp);
    expect(toText(await capture.waitFor(() => true))).toBe('after');
  });

  test('ends with its lab, and can be looked at after that', async () => {
    const setUp = await openLab();
    const capture = await setUp.lab.capture({ filter: UDP });
    await say('before', setUp.plain, setUp);
    await setUp.lab[Symbol.asyncDispose]();
    expect((await capture.frames()).map(toText)).toEqual(['before']);
    expect(capture.counts().received).toBe(1);
    await capture.stop();
    await expect(setUp.lab.capture()).rejects.toThrow('lab is closed: capture() is no longer possible');
    await expect(setUp.lab.links.plain.capture()).rejects.toThrow('lab is closed: capture() is no longer possible');
  });
});

describe('a recording', () => {
  test('is there from the start, and is saved when it is wanted', async () => {
    const setUp = await openLab({ capture: 'on-failure' });
    await say('one', setUp.plain, setUp);
    const path = join(createFolder(), 'lab.pcapng');
    await setUp.lab.recording?.save(path);
    expect(existsSync(path)).toBe(true);
    expect((await setUp.lab.recording?.frames())?.map(toText)).toContain('one');
  });

  test('is not there unless it is asked for, takes the options of a capture, and is told its mistakes', async () => {
    const { lab } = await openLab();
    expect(lab.recording).toBeUndefined();
    const some = await openLab({ capture: { links: ['wire'], filter: UDP } });
    expect(some.lab.recording?.ports.map(({ link }) => link)).toEqual(['wire', 'wire']);
    await expect(openLab({ capture: { links: ['wyre'] } })).rejects.toThrow(
      'createLab: capture: links[0]: "wyre" is no link of this lab. Did you mean "wire"?',
    );
    // @ts-expect-error there is no such word
    await expect(openLab({ capture: 'always' })).rejects.toThrow(
      'createLab: capture must be "on-failure" or an object of options; received "always"',
    );
  });
});

describe('a capture that cannot be', () => {
  test('is told every mistake at once', async () => {
    const { lab } = await openLab();
    const wrong = {
      links: ['plane'],
      filter: { port: -1 },
      sides: 'none',
      snapLength: 3,
      maxBytes: 1,
      file: '',
      size: 1,
    };
    // @ts-expect-error nothing of it is right
    await expect(lab.capture(wrong)).rejects.toThrow(
      [
        'lab.capture: 7 mistakes:',
        '  - "size" is no option. Did you mean "sides" or "file"?',
        '  - links[0]: "plane" is no link of this lab. Did you mean "plain"?',
        '  - filter.port must be a whole number from 0 to 65535; received -1',
        '  - sides must be "received", "sent" or "both"; received "none"',
        '  - file must be a text; received ""',
        '  - snapLength must be a whole number from 14 to 262144; received 3',
        '  - maxBytes must be a whole number from 65536; received 1',
      ].join('\n'),
    );
    // @ts-expect-error a link has no links
    await expect(lab.links.wire.capture({ links: ['wire'] })).rejects.toThrow(
      'link "wire".capture: "links" is no option',
    );
  });

  test('says what is wrong with its file, before and after', async () => {
    const { lab } = await openLab();
    const folder = createFolder();
    const missing = join(folder, 'nowhere', 'a.pcapng');
    const enoent = `write a capture to "${missing}": ENOENT: no such file or directory, open. The folder has to be there`;
    await expect(lab.capture({ file: missing })).rejects.toThrow(enoent);
    await expect(lab.capture({ file: folder })).rejects.toThrow('EISDIR');
    await expect(lab.capture({ file: '/dev/full' })).rejects.toThrow(
      'write a capture to "/dev/full": ENOSPC: no space left on device, write',
    );
    const capture = await lab.capture();
    await expect(capture.save(missing)).rejects.toThrow(enoent);
    await expect(capture.save('')).rejects.toThrow('capture.save: path must be a text; received ""');
    await capture.save(join(folder, 'fine.pcapng'));
  });

  test('tells in the end that the disk was full, and what is in the file', { timeout: 20_000 }, () => {
    const folder = createFolder();
    const file = join(folder, 'full.pcapng');
    const node = `exec '${process.execPath}' --import ./scripts/typescript-hooks.mjs test/netns/capture/child/on-a-full-disk.ts '${file}'`;
    const script = `mount -t tmpfs -o size=256k tmpfs '${folder}' && ${node}`;
    const { stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const { told, kept } = JSON.parse(stdout) as { readonly told: string; readonly kept: number };
    expect(told).toMatch(
      /^KernelError: capture to ".*full\.pcapng": ENOSPC: no space left on device, write\. The file has the first (?!0 )\d+ of 10000 frames, and can be read$/,
    );
    expect(kept).toBe(10_000);
  });
});

test('captures can be disposed of by using', async () => {
  const { lab } = await openLab();
  let kept: Capture;
  {
    await using capture = await lab.capture();
    kept = capture;
  }
  await expect(kept.waitFor(() => true)).rejects.toThrow('capture is closed');
});
