import { describe, expect, test } from '../../../src/fixtures/index.js';
import { star } from '../../../src/netns/lab/templates.js';
import { encodeRemoveAddress } from '../../../src/netns/netlink/address-requests.js';
import { reportLab } from '../../../src/netns/report/lab-report.js';

const pairOnWire = {
  hosts: { left: {}, right: {} },
  links: { cable: { ends: ['left', 'right'], wire: true } },
} as const;

describe('a report on a lab', () => {
  test('finds nothing in a lab that is as planned', async ({ createLab }) => {
    const lab = await createLab(star(3));
    await expect(lab.hosts.host1).toReach(lab.hosts.host3);
    expect((await reportLab(lab)).findings).toEqual([]);
    expect((await reportLab(lab)).markdown).toContain(
      '# A lab\n\nNothing of the lab was found that is not as planned.',
    );
  });

  test('finds links that are down, addresses that are gone, and neighbours that do not answer', async ({
    createLab,
  }) => {
    const lab = await createLab(star(3));
    const { host1, host2 } = lab.hosts;
    const { ifindex } = host2.interface('link2');
    host2.netns.netlink.request(encodeRemoveAddress({ ifindex, address: '10.0.0.2', prefixLength: 24 }));
    await expect(host1).not.toReach('10.0.0.2', { timeoutMs: 20 });
    lab.links.link3.down();
    expect((await reportLab(lab)).findings).toEqual(
      expect.arrayContaining([
        'link link3 is down at host3 and at lan',
        'host2: address 10.0.0.2/24 is gone from eth0',
        'host1: nobody at eth0 answers for 10.0.0.2',
      ]),
    );
  });

  test('finds what impairments took, with the seed to have it again', async ({ createLab }) => {
    const lab = await createLab(pairOnWire);
    using _lossy = lab.links.cable.impair({ aToB: { lossPercent: 100, delayMs: 1 }, seed: 7 });
    await expect(lab.hosts.left).not.toReach(lab.hosts.right, { timeoutMs: 20 });
    const { findings, svg } = await reportLab(lab);
    expect(findings[0]).toBe('link cable is impaired, left → right: lossPercent 100, delayMs 1 (seed 7)');
    expect(findings[1]).toMatch(/^link cable lost frames left → right: [1-9]\d* by lossPercent; [1-9]\d* came in$/);
    expect(svg).toContain('cable (impaired)');
  });

  test('finds what is held back, and what firewalls took', async ({ createLab }) => {
    const lab = await createLab(pairOnWire);
    const { left, right } = lab.hosts;
    await expect(left).toReach(right);
    right.firewall.drop({ protocol: 'icmp' });
    await expect(left).not.toReach(right, { timeoutMs: 20 });
    using _held = lab.links.cable.hold('aToB');
    const { findings, markdown } = await reportLab(lab);
    expect(findings).toContain('link cable holds frames back left → right');
    expect(findings).toContainEqual(
      expect.stringMatching(/^right: the firewall dropped [1-9]\d* packets in glovebox /),
    );
    expect(markdown).toContain('### Firewall\n\n| table | chain | verdict | packets | comment |');
  });

  test('finds sockets that lost datagrams, whose they are, and processes that do not run', async ({
    createLab,
    task,
  }) => {
    const lab = await createLab(pairOnWire);
    const { left, right } = lab.hosts;
    const receiver = right.udp({ host: right.address, receiveBufferBytes: 1 });
    const child = right.spawn('sleep', ['1000'], { stdio: 'ignore' });
    child.kill('SIGSTOP');
    await expect
      .poll(async () => {
        // A thread that is busy here reads nothing meanwhile.
        for (let count = 0; count < 50; count += 1)
          void left.udp().send('x'.repeat(1000), receiver.port, right.address);
        return (await reportLab(lab, { title: task.name })).findings.join('\n');
      })
      .toMatch(
        new RegExp(
          `right: the udp socket at 10\\.0\\.0\\.2 port ${receiver.port} of this process \\(${process.pid}\\) dropped \\d+ datagrams` +
            `.*right: process ${child.pid} \\(sleep 1000\\) is stopped`,
          's',
        ),
      );
    // The lab's own guard of the host's processes is not among them.
    const { markdown, svg } = await reportLab(lab);
    expect(markdown).toContain(
      `### Processes\n\n| pid | state | command |\n| --- | --- | --- |\n| ${child.pid} | T | sleep 1000 |\n`,
    );
    expect(`${markdown}${svg}`).not.toContain('guard');
  });

  test('lists sockets of TCP, of IPv4 and of IPv6', async ({ createLab }) => {
    const lab = await createLab({ ...pairOnWire, families: ['ipv4', 'ipv6'] });
    const { left, right } = lab.hosts;
    right.listen({ host: '::', ipv6Only: true, port: 8006 });
    left.listen({ host: left.address, port: 8004 });
    const { markdown } = await reportLab(lab);
    expect(markdown).toMatch(/\| tcp6 \| :: 8006 \| {2}\| listen \|/);
    expect(markdown).toMatch(/\| tcp \| 10\.0\.0\.1 8004 \| {2}\| listen \|/);
  });

  test('never fails, whatever is left of the lab', async ({ createLab }) => {
    const lab = await createLab(pairOnWire);
    lab.hosts.left.netns.close();
    const broken = await reportLab(lab);
    expect(broken.findings).toContainEqual(expect.stringMatching(/^left cannot be read: Netns is closed/));
    expect(broken.markdown).toContain('## right (host)');
    expect(broken.svg).toContain('cannot be read');
    await lab[Symbol.asyncDispose]();
    expect((await reportLab(lab)).findings).toEqual([expect.stringMatching(/^nothing of it can be read: /)]);
  });

  test('escapes what would break a table', async ({ createLab }) => {
    const lab = await createLab(pairOnWire);
    lab.hosts.left.spawn('sh', ['-c', 'sleep 1000; : "a | <b>"'], { stdio: 'ignore' });
    await expect.poll(async () => (await reportLab(lab)).markdown).toContain('sleep 1000; : "a \\| &lt;b>" |');
  });
});
