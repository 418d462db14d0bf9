import { expect, test } from 'vitest';
import { compileAgent, readCompiler } from '../../../scripts/build-agent.js';
import { AGENT_X64_COMPILER } from '../../../src/vm/agent/agent-x64.js';
import { AGENTS } from '../../../src/vm/agent/agents.js';

test('the agent is a static program of a few kilobytes', () => {
  const agent = Buffer.from(AGENTS.x64());
  expect(agent.subarray(0, 4).toString('latin1')).toBe('\x7fELF');
  expect(agent.length).toBeLessThan(64 * 1024);
});

test('the agent that is kept is what its source compiles to', () => {
  // Another compiler makes other bytes of the same source; it must compile there all the same.
  const isSame = readCompiler() === AGENT_X64_COMPILER;
  if (readCompiler() === undefined) return;
  const compiled = compileAgent();
  expect(compiled.equals(AGENTS.x64()) || !isSame).toBe(true);
});
