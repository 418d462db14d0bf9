import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ChannelMessageWriter, MAX_DATAGRAMS, readChannelMessage } from '../../src/channel/channel-message.ts';
import { ChannelReceiver } from '../../src/channel/channel-receiver.ts';
import { ChannelSender } from '../../src/channel/channel-sender.ts';

function write(ruleId: number, texts: readonly string[]): ChannelMessageWriter {
  const writer = new ChannelMessageWriter();
  writer.begin(ruleId);
  for (const text of texts) {
    const bytes = new TextEncoder().encode(`..${text}`);
    writer.add(bytes, 2, bytes.length - 2);
  }
  return writer;
}

function read(view: DataView, size: number) {
  const { ruleId, datagrams } = readChannelMessage(view, size);
  const texts = datagrams.map(({ start, size: bytes }) =>
    new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + start, bytes)),
  );
  return { ruleId, texts };
}

describe('A message of the channel', () => {
  test('is read as it was written: datagrams of any length, the empty one too', () => {
    const texts = ['a', '', 'four', 'five!', 'x'.repeat(1400)];
    const { bytes } = write(7, texts);
    expect(read(new DataView(bytes.buffer), bytes.length)).toEqual({ ruleId: 7, texts });
  });

  test('is full with as many datagrams as are sent on at once, or before the longest would not fit', () => {
    expect(write(1, Array<string>(MAX_DATAGRAMS - 1).fill('x')).isFull).toBe(false);
    expect(write(1, Array<string>(MAX_DATAGRAMS).fill('x')).isFull).toBe(true);
    const long = 'x'.repeat(65_507);
    expect(write(1, [long]).isFull).toBe(true);
    const { bytes } = write(1, ['x'.repeat(60_000), long]);
    expect(read(new DataView(bytes.buffer), bytes.length).texts).toEqual(['x'.repeat(60_000), long]);
  });

  test('that was cut off is refused, wherever it was', () => {
    const { bytes } = write(1, ['abcd', 'efgh']);
    for (let size = 0; size < bytes.length; size += 1) {
      const view = new DataView(bytes.slice(0, size).buffer);
      expect(() => readChannelMessage(view, size)).toThrow(RangeError);
    }
  });
});

describe('The channel', () => {
  function open(capacityBytes: number) {
    const directory = mkdtempSync(join(tmpdir(), 'relay-channel-'));
    const receiver = new ChannelReceiver(join(directory, 'channel.sock'));
    const events: string[] = [];
    const sender = new ChannelSender(
      { capacityBytes, waitMs: 1 },
      { onWait: () => events.push('wait'), onBreak: (reason) => events.push(reason) },
    );
    onTestFinished(() => {
      sender.close();
      receiver.close();
      rmSync(directory, { recursive: true });
    });
    return { receiver, sender, events };
  }

  test('passes messages on, one by one', () => {
    const { receiver, sender } = open(65_536);
    expect(sender.send(write(1, ['early']))).toBe('not-connected');
    expect(sender.connect(receiver.path)).toBeUndefined();
    expect(sender.send(write(1, ['a', 'b']))).toBe('sent');
    expect(sender.send(write(2, ['c']))).toBe('sent');
    expect(read(receiver.view, receiver.receive() ?? 0)).toEqual({ ruleId: 1, texts: ['a', 'b'] });
    expect(read(receiver.view, receiver.receive() ?? 0)).toEqual({ ruleId: 2, texts: ['c'] });
    expect(receiver.receive()).toBeUndefined();
  });

  test('is bounded: it waits once when it is full, then says so at once, until there is room', () => {
    const { receiver, sender, events } = open(8192);
    sender.connect(receiver.path);
    const message = write(1, ['x'.repeat(1000)]);
    let sent = 0;
    while (sender.send(message) === 'sent') sent += 1;
    expect(sent).toBeGreaterThan(3);
    expect(sender.send(message)).toBe('full');
    expect(events).toEqual(['wait']);
    while (receiver.receive() !== undefined) sent -= 1;
    expect(sent).toBe(0);
    expect(sender.send(message)).toBe('sent');
  });

  test('notices that the other end is gone, by itself and when it sends', () => {
    const { receiver, sender, events } = open(65_536);
    sender.connect(receiver.path);
    sender.send(write(1, ['a']));
    receiver.receive();
    sender.checkPeer();
    expect(sender.isConnected).toBe(true);
    receiver.close();
    expect(sender.send(write(1, ['b']))).toBe('not-connected');
    expect(events).toEqual(['the egress worker is gone (EPIPE)']);
    expect(sender.connect(receiver.path)).toBe(`Cannot connect to ${receiver.path}: connect failed with ENOENT`);
  });
});
