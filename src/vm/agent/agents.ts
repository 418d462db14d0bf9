import { gunzipSync } from 'node:zlib';
import { AGENT_X64 } from './agent-x64.js';

/** The agent for each architecture: a static ELF program, to be the `/init` of a guest. */
export const AGENTS: Readonly<Record<'x64', () => Uint8Array>> = {
  x64: () => gunzipSync(Buffer.from(AGENT_X64, 'base64')),
};
