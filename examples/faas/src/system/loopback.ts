import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const LABEL = 'lo:faas';

/** Gives the loopback an address, by which the host's own are told. @throws Error with what ip(8) said */
export async function addAddress(address: string): Promise<void> {
  await run('ip', ['address', 'add', `${address}/32`, 'dev', 'lo', 'label', LABEL]);
}

/** @throws Error with what ip(8) said */
export async function removeAddress(address: string): Promise<void> {
  await run('ip', ['address', 'delete', `${address}/32`, 'dev', 'lo']);
}

/** Those that are labelled. @throws Error with what ip(8) said */
export async function listAddresses(): Promise<readonly string[]> {
  const { stdout } = await run('ip', ['-o', '-4', 'address', 'show', 'dev', 'lo', 'label', LABEL]);
  return [...stdout.matchAll(/inet ([\d.]+)/g)].flatMap(([, address]) => address ?? []);
}
