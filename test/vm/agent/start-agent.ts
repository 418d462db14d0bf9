import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import { AGENTS } from '../../../src/vm/agent/agents.js';
import { VmAgent } from '../../../src/vm/agent/vm-agent.js';

/** The agent as an ordinary process of this machine, with a socket in place of the guest's port. */
export function startAgent(): { readonly child: ChildProcess; readonly port: Duplex; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'glovebox-agent-'));
  chmodSync(folder, 0o755);
  const file = join(folder, 'agent');
  writeFileSync(file, AGENTS.x64(), { mode: 0o755 });
  const child = spawn(file, ['--fd', '3'], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  const port = child.stdio[3];
  if (!(port instanceof Duplex)) throw new TypeError('the port is no socket');
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  return { child, port, folder };
}

/** The same, and a client of it. */
export async function connectAgent(): Promise<VmAgent & { readonly folder: string }> {
  const { port, folder } = startAgent();
  const agent = await VmAgent.connect(port, { timeoutMs: 5000 });
  onTestFinished(() => agent.close());
  return Object.assign(agent, { folder });
}
