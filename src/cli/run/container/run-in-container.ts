import process from 'node:process';
import type { AttachedContainer, AttachedExit } from '../../../container/attached-container.js';
import { connectEngine, type Engine } from '../../../container/connect-engine.js';
import type { Lifetime } from '../../../container/lifetime.js';
import { findWritableFolders } from '../find-writable-folders.js';
import { followSize } from '../follow-size.js';
import { givingBack } from '../giving-back.js';
import { runWithSignals, type SignalsOfARun } from '../signals-of-a-run.js';
import { BROKEN_PIPE_EXIT_CODE, untilOutputBreaks } from '../until-output-breaks.js';
import { withInput } from '../with-input.js';
import {
  type ContainerPlan,
  checkThatFilesWereLaid,
  createOfImage,
  createWithMachineFiles,
  findProjectOf,
  refuseRemote,
  withLifetime,
} from './containers-of-a-run.js';
import { explainNotStarted } from './explain-not-started.js';
import { giveBackInContainer } from './give-back-in-container.js';
import type { ContainerRequest } from './read-container-flags.js';

/** How {@link runInContainer} runs. */
export interface RunInContainerOptions extends ContainerRequest {
  /** Variables of the environment beside the usual. */
  readonly keep: readonly string[];
  /** @defaultValue the nearest folder above with .git, else with package.json */
  readonly project?: string;
  /** Tells what takes how long. */
  readonly onPhase: (name: string) => void;
}

/**
 * Runs a command in a container: of an image, which sees the project, or with the files of this machine below changes that
 * are forgotten. The container ends with this process, however that ends.
 *
 * @returns the exit code; 128 and its number for a signal
 * @throws UnsupportedError without an engine, or with one that does not see this machine's files where it has to
 * @throws ContainerError when the image cannot be had, or the engine refuses
 */
export function runInContainer(command: readonly string[], options: RunInContainerOptions): Promise<number> {
  return runWithSignals(async (signals) => {
    const writable = findWritableFolders(options.writable);
    const engine = await connectEngine();
    refuseRemote(engine, options);
    options.onPhase('engine');
    const { rows, columns } = process.stdout;
    const plan = {
      ...options,
      command,
      writable,
      signal: signals.signal,
      ...(process.stdin.isTTY && process.stdout.isTTY ? { terminal: { rows, columns } } : {}),
    };
    const whose = findProjectOf(options) ?? process.cwd();
    return givingBack({ folders: writable, whose, byOthers: (request) => giveBackInContainer(engine, request) }, () =>
      withLifetime(engine, (lifetime) => run(engine, lifetime, { plan, signals })),
    );
  });
}

interface RunRequest {
  readonly plan: ContainerPlan & RunInContainerOptions;
  readonly signals: SignalsOfARun;
}

async function run(engine: Engine, lifetime: Lifetime, { plan, signals }: RunRequest): Promise<number> {
  const { image, onPhase } = plan;
  const container = await (image === undefined
    ? createWithMachineFiles(engine, lifetime, plan)
    : createOfImage(engine, lifetime, { ...plan, image }));
  onPhase('image and container');
  signals.signal.throwIfAborted();
  await container.start();
  signals.sendTo((name) => container.signal(name).catch((error: unknown) => tell(String(error))));
  onPhase('start');
  const exit = await connectStreams(container, plan.terminal !== undefined);
  onPhase('command');
  if (exit === undefined) return BROKEN_PIPE_EXIT_CODE;
  if (image === undefined) await checkThatFilesWereLaid(container, exit);
  else tell(explainNotStarted(plan, exit));
  if (exit.isOutOfMemory) tell('the kernel ended something in the container for want of memory: raise --memory');
  return exit.code;
}

function tell(message: string | undefined): void {
  if (message !== undefined) console.error(`glovebox run: ${message}`);
}

/** @returns how the command ended; `undefined` when nobody reads what it writes */
function connectStreams(container: AttachedContainer, isTerminal: boolean): Promise<AttachedExit | undefined> {
  const { stdout, stderr } = process;
  return withInput(isTerminal, async (input) => {
    const stopFollowing = isTerminal ? followSize((size) => container.resize(size)) : undefined;
    if (isTerminal) await container.resize(stdout);
    try {
      return await untilOutputBreaks(container.relay(input, { stdout, stderr }));
    } finally {
      stopFollowing?.();
    }
  });
}
