import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { isInUserNamespace } from '../../../src/native/user-namespace.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { createFolder } from '../../support/create-folder.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { TYPESCRIPT } from '../../support/typescript.js';

needsNamespaces();

/** As what the lines enter a namespace. */
const NSENTER = isInUserNamespace() ? 'nsenter --target PID --user --preserve-credentials' : 'nsenter';

async function createSmall() {
  return keep(
    await createLab({
      hosts: { left: { loopback: [{ address: '10.9.9.9/32', label: 'lo:vip' }] }, right: {} },
      bridges: { lan: {} },
      links: { a: ['left', 'lan'], b: ['right', 'lan'], blue: { ends: ['left', 'right'], vxlan: { vni: 7 } } },
    }),
  );
}

test('a lab is a page for people, whose lines lead into its nodes', async () => {
  const lab = await createSmall();
  const page = String(lab);
  expect(
    page.replaceAll(/fd\/\d+/g, 'fd/N').replaceAll(String(process.pid), 'PID'),
  ).toBe(`A lab of process PID: it is there until that process, or its test, ends.

host left
  enter   ${NSENTER} --net=/proc/PID/fd/N
  lo:vip  10.9.9.9/32
  eth0    10.0.0.1/24  02:00:00:00:00:01  mtu 1500  link a
  eth1    10.0.1.1/24  02:00:00:00:00:05  mtu 1450  link blue

host right
  enter  ${NSENTER} --net=/proc/PID/fd/N
  eth0   10.0.0.2/24  02:00:00:00:00:03  mtu 1500  link b
  eth1   10.0.1.2/24  02:00:00:00:00:06  mtu 1450  link blue
  route  0.0.0.0/0 via 10.0.0.1 dev eth0

bridge lan
  enter  ${NSENTER} --net=/proc/PID/fd/N
  port0  02:00:00:00:00:02  mtu 1500  link a
  port1  02:00:00:00:00:04  mtu 1500  link b

links
  a     left:eth0 – lan:port0, up
  b     right:eth0 – lan:port1, up
  blue  left:eth1 – right:eth1, vxlan 7, 10.0.0.1 to 10.0.0.2, up
`);
  const [, net] = /host left\n {2}enter +nsenter.* (--net=\S+)/.exec(page) ?? [];
  const { stdout } = spawnSync('nsenter', [net ?? '', 'ip', '-o', 'address'], { encoding: 'utf8' });
  expect(stdout).toContain('10.9.9.9/32');
});

test('a pause ends when its file is removed, or when it is called off', async () => {
  const lab = await createSmall();
  const file = join(createFolder(), 'paused');
  const pause = lab.pause({ file });
  expect(readFileSync(file, 'utf8')).toBe(lab.describe());
  rmSync(file);
  expect(await pause).toBe('file-removed');
  const abort = new AbortController();
  const second = lab.pause({ file, signal: abort.signal });
  abort.abort();
  await expect(second).rejects.toThrow('the pause of a lab was called off');
  await expect(lab.pause({ signal: abort.signal })).rejects.toThrow('the pause of a lab was called off');
  await expect(lab.pause({ fil: file } as never)).rejects.toThrow(
    'Lab.pause: "fil" is no option. Did you mean "file"?',
  );
});

/** Runs a program that pauses a lab, with a terminal of its own or without one. */
function startPausing(command: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
  const script = fileURLToPath(new URL('child/paused-lab.ts', import.meta.url));
  const line = [process.execPath, ...TYPESCRIPT, script];
  const all = command === 'script' ? [...args, line.join(' '), '/dev/null'] : [...args, ...line];
  const child = spawn(command, all, { stdio: ['pipe', 'pipe', 'inherit'], env: environment });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (data) => {
    text += String(data);
  });
  return { child, text: () => text };
}

const { CI: _ci, ...outsideCi } = process.env;

test('on a terminal, a pause ends by Enter', async () => {
  expect(existsSync('/usr/bin/script')).toBe(true);
  const { child, text } = startPausing('script', ['-qec'], outsideCi);
  await expect.poll(text, { timeout: 15_000 }).toContain('Paused; to go on, press Enter here.');
  child.stdin.write('\n');
  await once(child, 'close');
  expect(text()).toContain('ended by enter');
}, 20_000);

test.each([
  ['without a terminal', 'setsid', ['--wait'], outsideCi],
  ['where CI is set, even with one', 'script', ['-qec'], { ...outsideCi, CI: 'true' }],
] as const)(
  '%s, a pause is none, and says so',
  async (_where, command, args, environment) => {
    const { child, text } = startPausing(command, args, environment);
    await once(child, 'close');
    expect(text()).toContain('ended by no-terminal');
  },
  20_000,
);
