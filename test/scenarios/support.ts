import { VirtualClock } from '../../src/core/virtual-clock.js';
import { defineScenario, type ScenarioDefinition } from '../../src/scenarios/define-scenario.js';
import { type RunScenarioOptions, runScenario } from '../../src/scenarios/run/run-scenario.js';
import type { ScenarioResult } from '../../src/scenarios/scenario-result.js';

/** Defines a scenario and runs it on a virtual clock, to its end; with one actor and seed 1 if nothing else is said. */
export async function runOnVirtualClock<P extends object = Record<never, never>, A = undefined>(
  definition: Partial<ScenarioDefinition<P, A>>,
  options: RunScenarioOptions<NoInfer<P>> = {},
): Promise<ScenarioResult> {
  const clock = new VirtualClock();
  const scenario = defineScenario<P, A>({
    name: 'a scenario',
    actors: (run) => {
      run.actor('server', { kind: 'server' });
      return undefined as A;
    },
    ...definition,
  });
  const running = runScenario(scenario, { clock, seed: 1, ...options });
  await clock.runAll();
  return running;
}

/** The verdicts as `status: name: actual`. */
export function listVerdicts({ verdicts }: ScenarioResult): readonly string[] {
  return verdicts.map(({ status, name, actual }) => `${status}: ${name}: ${actual}`);
}

export function listProblems({ problems }: ScenarioResult): readonly string[] {
  return problems.map(({ message }) => message);
}

/** A process that a test ends and starts again itself. */
export class PretendProcess {
  pid = 4711;
  exit: Promise<{ readonly code: number | undefined; readonly signal: string | undefined }>;
  #end: (how: { readonly code: number | undefined; readonly signal: string | undefined }) => void = () => {};

  constructor() {
    this.exit = this.#begin();
  }

  end(code = 1): void {
    this.#end({ code, signal: undefined });
  }

  start(): void {
    this.pid += 1;
    this.exit = this.#begin();
  }

  #begin() {
    return new Promise<{ readonly code: number | undefined; readonly signal: string | undefined }>((resolve) => {
      this.#end = resolve;
    });
  }
}

/** Its time can jump without any timer firing on the way. */
export class JumpingClock extends VirtualClock {
  #ahead = 0;

  override now(): number {
    return super.now() + this.#ahead;
  }

  jump(ms: number): void {
    this.#ahead += ms;
  }
}
