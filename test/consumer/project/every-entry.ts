// Compiled against the packed package by test/consumer/types.test.ts: every entry, as a strict user would.
import { FakeKernel, FaultPlan, instrument, isGloveboxError, KernelError, UsageError } from 'glovebox';
import { assertCleanState, assertKernelEmpty, assertKernelOps } from 'glovebox/assertions';
import { gloveboxProjects, type Tier, type TiersOptions } from 'glovebox/config';
import { type Container, type ContainerProcess, createContainerNetwork, startContainer } from 'glovebox/container';
import { type ContractDriver, fakeDriver, fuzzContract, linuxDriver, runContract } from 'glovebox/contract';
import { expect, forEachKernel, test } from 'glovebox/fixtures';
import { type Kernel, LinuxKernel, type TestKernel } from 'glovebox/kernel';
import { matchers } from 'glovebox/matchers';
import { connectMessages, type MessageServer, serveMessages } from 'glovebox/messages';
import { Netns, PrivateNetIfaceResolver } from 'glovebox/netns';
import { type Process, spawn } from 'glovebox/process';
import { type WrittenReportFile, writeReport } from 'glovebox/report';
import GloveboxReporter from 'glovebox/reporter';
import {
  atLeast,
  defineScenario,
  linkDown,
  ratio,
  runScenarios,
  type ScenarioReport,
  steady,
} from 'glovebox/scenarios';
import { Vm, type VmOptions } from 'glovebox/vm';
import { defineConfig } from 'vitest/config';
import type { Reporter } from 'vitest/node';

declare module 'glovebox' {
  interface FaultPoints {
    'store.save': { readonly key: string };
  }
}

const faults = new FaultPlan({ seed: 1 });
faults.inject('store.save', { where: { key: 'a' }, nth: 2, before: 'EIO' });
faults.inject('kernel.load', { where: { name: 'prog_one' }, before: 'ENOMEM' });
// @ts-expect-error: not a point
faults.inject('store.sav', { before: 'EIO' });
// @ts-expect-error: a save has no such field
faults.inject('store.save', { where: { name: 'a' }, before: 'EIO' });
// @ts-expect-error: not an error of Linux
faults.inject('store.save', { before: 'ENOTHING' });

const kernel: Kernel = new FakeKernel({ faults });
const driver: ContractDriver = fakeDriver('6.1');
const real: new (options?: { netns?: string }) => TestKernel = LinuxKernel;
const start: (command: string) => Promise<Process> = spawn;
void [driver, real, start, linuxDriver, runContract, fuzzContract, Netns.create, PrivateNetIfaceResolver];
const tier: Tier = 'unit';
const tiers: TiersOptions = { tiers: [tier] };
const reporter: Reporter = new GloveboxReporter();
void defineConfig({ test: { projects: gloveboxProjects(tiers), reporters: [reporter, 'glovebox/reporter'] } });
// Neither testcontainers nor QEMU is installed where this is compiled.
const contain = async (): Promise<Container> =>
  startContainer({ image: 'redis:7', ready: { http: 'http://127.0.0.1/' } });
const beside = async (): Promise<ContainerProcess> => (await contain()).spawn('sh');
const serveLines = (): Promise<MessageServer<string>> => serveMessages({ tcp: 0 }, { framing: 'lines' });
// @ts-expect-error: no pipe of Windows
void [serveLines, connectMessages({ pipe: '/run/broker.sock' })];
const options: VmOptions = { kernel: { debian: '6.1' } };
const boot = async (): Promise<Vm> => Vm.boot(options);
void [contain, beside, boot, createContainerNetwork];
// @ts-expect-error: no such way to be ready
void startContainer({ image: 'redis:7', ready: { port: 80 } });
forEachKernel(['5.10', { debian: '6.1' }], ({ test: onKernel, name }) => {
  onKernel(name, async ({ vm }) => void (await vm.run('true')));
});
const steadily = defineScenario({
  name: 'steadily',
  parameters: { ratePerSecond: 10 },
  actors: async () => ({ count: 0 }),
  load: ({ actors, parameters: { ratePerSecond } }) =>
    steady({ ratePerSecond, durationMs: 1000, perform: () => (actors.count += 1) }),
  verdicts: (run) => [atLeast('those that succeed', () => ratio(run.load().succeeded, run.load().planned), 1)],
});
const run = async (): Promise<ScenarioReport> => runScenarios([steadily], { title: 'steadily', seed: 7 });
const write = async (): Promise<readonly WrittenReportFile[]> => writeReport(await run(), { folder: 'reports' });
// @ts-expect-error: a scenario has actors
const nobody = () => defineScenario({ name: 'nobody' });
void [write, nobody, linkDown];
const wrap: typeof instrument = instrument;
const all: Record<string, unknown> = { ...matchers, KernelError, UsageError, isGloveboxError };

test('the matchers have types', async ({ kernel: fake, faults: plan, interfaces, clock, random, scope }) => {
  plan.inject('store.save', { before: 'EIO', optional: true });
  expect(fake).toHaveOps([]);
  expect(fake).toBeEmpty();
  await expect(fake.load({ name: 'a', type: 'xdp' })).toRejectWithErrno('EPERM');
  // @ts-expect-error: operations are a list
  expect(fake).toHaveOps('load:a:ok');
  // @ts-expect-error: no such matcher
  expect(fake).toHaveOp([]);
  assertKernelOps(fake, []);
  assertKernelEmpty(fake);
  assertCleanState({ kernel: fake });
  void [interfaces, clock, random, scope, kernel, wrap, all];
});
