import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { TcpListeners } from '../../src/native/tcp-listeners.js';
import { createNetns } from '../netns/create-netns.js';

async function listen(host: string): Promise<{ port: number; close(): Promise<unknown> }> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, close: () => new Promise((resolve) => server.close(resolve)) };
}

function readOwnSocket(inode: number): boolean {
  return Array.from({ length: 512 }, (_, fd) => fd).some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === `socket:[${inode}]`;
    } catch {
      return false;
    }
  });
}

test.for(['127.0.0.1', '::1'])('what listens at a port of %s is listed as long as it does', async (host) => {
  using listeners = new TcpListeners();
  const { port, close } = await listen(host);
  const inodes = listeners.inodesAt(port);
  expect(inodes).toHaveLength(1);
  expect(inodes.every(readOwnSocket)).toBe(true);
  await close();
  expect(listeners.inodesAt(port)).toEqual([]);
});

test('what listens elsewhere is not', async () => {
  using listeners = createNetns().run(() => new TcpListeners());
  const { port } = await listen('127.0.0.1');
  expect(listeners.inodesAt(port)).toEqual([]);
});
