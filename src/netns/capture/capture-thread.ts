import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { PacketRing } from '../../native/packet-ring.js';
import { clearWakeEvent, Poller } from '../../native/poller.js';
import { CaptureFile } from './capture-file.js';
import {
  type CaptureCommand,
  type CaptureReport,
  type CaptureThreadData,
  type FrameChunk,
  TOTALS,
} from './capture-protocol.js';
import { FrameStore } from './frame-store.js';
import { RingMerger } from './ring-merger.js';

/** How often the rings are looked at: that costs nothing, and spares a system call for each block. */
const BUSY_WAIT_MS = 2;
const IDLE_WAIT_MS = 10;
/** A frame whose time is far ahead of the clock must not hold up who waits. */
const LONGEST_READ_MS = 1000;

// Not a module to import: it runs as a thread of its own, with its work as its data.
if (parentPort === null) throw new TypeError('capture-thread runs as a worker thread');
const port = parentPort;
const { fds, ring: size, wakeFd, maxBytes, fileFd, counts } = workerData as CaptureThreadData;

const rings = fds.map((fd) => new PacketRing(fd, size));
const merger = new RingMerger(rings);
const store = new FrameStore(maxBytes);
const file = fileFd === undefined ? undefined : new CaptureFile(fileFd);
const poller = new Poller([wakeFd]);

type Read = Extract<CaptureCommand, { readonly kind: 'read' }> & { readonly askedMs: number };
let reads: readonly Read[] = [];
let isStopping = false;

function report(what: CaptureReport, chunks: readonly FrameChunk[]): void {
  port.postMessage(what, [...new Set(chunks.map(({ bytes }) => bytes.buffer as ArrayBuffer))]);
}

function writeFile(): void {
  if (file === undefined) return;
  for (const blocks of store.takeUnwritten()) file.write(blocks);
}

function take(index: number, frame: Parameters<FrameStore['add']>[1], memory: Uint8Array): void {
  store.add(index, frame, memory, writeFile);
  const at = TOTALS.length + index;
  counts[at] = (counts[at] ?? 0) + 1;
}

function tell(): void {
  counts[0] = store.total;
  counts[1] = store.overwritten;
  counts[2] = file?.written ?? 0;
}

function obey(command: CaptureCommand): void {
  if (command.kind === 'stop') isStopping = true;
  else if (command.kind === 'cancel') reads = reads.filter(({ id }) => id !== command.id);
  else reads = [...reads, { ...command, askedMs: Date.now() }];
}

/** Whether all frames that came before a time are there. */
function isComplete(askedMs: number): boolean {
  return merger.completeMs > askedMs || Date.now() > askedMs + LONGEST_READ_MS;
}

function answerReads(): void {
  const isDue = ({ until, from, askedMs }: Read): boolean =>
    until === 'now' ? isComplete(askedMs) : store.total > from;
  for (const { id, from } of reads.filter(isDue)) {
    const chunks = store.copyFrom(from);
    report({ kind: 'frames', id, chunks }, chunks);
  }
  reads = reads.filter((read) => !isDue(read));
}

function runRound(): void {
  merger.run(Date.now(), take);
  writeFile();
  tell();
  answerReads();
}

for (let before = 0; !isStopping; ) {
  const isBusy = reads.length > 0 || merger.isWaiting || store.total > before;
  before = store.total;
  poller.wait(isBusy ? BUSY_WAIT_MS : IDLE_WAIT_MS);
  if (poller.isReady(0)) {
    clearWakeEvent(wakeFd);
    for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port))
      obey(got.message as CaptureCommand);
  }
  runRound();
}

const stoppedMs = Date.now();
while (!isComplete(stoppedMs)) {
  poller.wait(BUSY_WAIT_MS);
  runRound();
}
merger.finish(take);
writeFile();
tell();
for (const ring of rings) ring[Symbol.dispose]();
const chunks = store.copyFrom(0);
report({ kind: 'stopped', chunks, failure: file?.failure }, chunks);
port.close();
