import { describe, expect, test } from 'vitest';
import { JOURNAL_BYTES, SEND_BATCH, SendJournal, SendJournalReader } from '../../src/egress/send-journal.ts';
import { viewMemory } from '../../src/system/libc.ts';
import { MESSAGE_BYTES, SENT_BYTES_OFFSET } from '../../src/system/message-batch.ts';

function open() {
  const buffer = new ArrayBuffer(JOURNAL_BYTES);
  const journal = new SendJournal(buffer, 0);
  const reader = new SendJournalReader(buffer, 0);
  /** What the kernel does in sendmmsg(2): it notes the length next to each message that it has sent. */
  const send = (headers: bigint, count: number): void => {
    const view = new DataView(viewMemory(Number(headers), SEND_BATCH * MESSAGE_BYTES));
    for (let index = 0; index < count; index += 1) view.setUint32(index * MESSAGE_BYTES + SENT_BYTES_OFFSET, 0, true);
  };
  return { journal, reader, send };
}

describe('The journal of what was sent', () => {
  test('has nothing at first', () => {
    expect(open().reader.sent(0)).toBe(0);
  });

  test('counts what the kernel has noted, in the middle of a batch as well: nobody has to come back from the call', () => {
    const { journal, reader, send } = open();
    const headers = journal.begin(3);
    for (const count of [1, 2, SEND_BATCH]) {
      send(headers, count);
      expect(reader.sent(3)).toBe(count);
    }
    expect(reader.sent(2)).toBe(0);
  });

  test('goes on over batches, of the same output and of others in turn', () => {
    const { journal, reader, send } = open();
    for (const output of [0, 0, 1, 0, 2, 2, 1]) send(journal.begin(output), 10);
    expect([0, 1, 2, 3].map((output) => reader.sent(output))).toEqual([30, 20, 20, 0]);
    journal.begin(0);
    expect([0, 1, 2].map((output) => reader.sent(output))).toEqual([30, 20, 20]);
  });
});
