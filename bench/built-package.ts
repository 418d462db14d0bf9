import { spawnSync } from 'node:child_process';
import { root } from '../scripts/entries.js';

/** What users have of programs: `glovebox/process` as it is built. Node finds it by the name of the package. */
export type BuiltProcess = typeof import('../src/process/index.js');

/** What users have of scenarios: `glovebox/scenarios` as it is built. */
export type BuiltScenarios = typeof import('../src/scenarios/index.js');

/** What users have of containers: `glovebox/container` as it is built. */
export type BuiltContainers = typeof import('../src/container/index.js');

/** Builds the package if it is older than its sources, and loads an entry of it. @throws Error when it cannot be built */
export async function loadBuiltProcess(): Promise<BuiltProcess> {
  build();
  const built: BuiltProcess = await import('glovebox/process');
  return built;
}

/** As {@link loadBuiltProcess}, of scenarios. */
export async function loadBuiltScenarios(): Promise<BuiltScenarios> {
  build();
  const built: BuiltScenarios = await import('glovebox/scenarios');
  return built;
}

/** As {@link loadBuiltProcess}, of containers. */
export async function loadBuiltContainers(): Promise<BuiltContainers> {
  build();
  const built: BuiltContainers = await import('glovebox/container');
  return built;
}

let isBuilt = false;

/** Once: what is edited while it measures is not what is measured. */
function build(): void {
  if (isBuilt) return;
  isBuilt = true;
  const { status } = spawnSync('npm', ['run', '--silent', 'build', '--', '--if-stale'], { cwd: root, stdio: 'ignore' });
  if (status !== 0) throw new Error(`the package cannot be built: npm run build ended with ${status}`);
}
