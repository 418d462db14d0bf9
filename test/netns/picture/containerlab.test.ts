import { expect, it } from 'vitest';
import { planLab } from '../../../src/netns/lab/plan/plan-lab.js';
import { toContainerlab } from '../../../src/netns/picture/containerlab.js';

it('writes containers, commands and links', () => {
  const plan = planLab({
    hosts: {
      a: {
        sysctls: { 'ipv4.conf.eth0.rp_filter': 1 },
        loopback: [{ address: '127.0.0.2/32', label: 'lo:vip' }],
        neighbours: [{ address: '10.0.0.2', macAddress: '02:00:00:00:00:04' }],
        routes: [{ to: '10.7.0.0/16', via: '10.0.0.2', metric: 5 }],
      },
      b: {},
    },
    bridges: { lan: { multicastQuerier: true } },
    links: { x: { ends: ['a', 'lan'], mtu: 9000 }, y: { ends: ['b', 'lan'], up: false } },
  });
  expect(toContainerlab(plan, { name: 'my-lab', image: 'alpine:3' })).toBe(`name: my-lab
topology:
  defaults:
    kind: linux
    image: "alpine:3"
    network-mode: none
  nodes:
    a:
      sysctls:
        net.ipv4.conf.all.rp_filter: "0"
        net.ipv4.conf.default.rp_filter: "0"
        net.ipv4.ip_forward: "0"
      exec:
        - "sh -c 'echo 1 > /proc/sys/net/ipv4/conf/eth0/rp_filter'"
        - "ip address add 127.0.0.2/32 dev lo label lo:vip"
        - "ip address add 10.0.0.1/24 broadcast 10.0.0.255 dev eth0"
        - "ip neighbour replace 10.0.0.2 lladdr 02:00:00:00:00:04 dev eth0 nud permanent"
        - "ip -4 route add 10.7.0.0/16 via 10.0.0.2 dev eth0 metric 5"
    b:
      sysctls:
        net.ipv4.conf.all.rp_filter: "0"
        net.ipv4.conf.default.rp_filter: "0"
        net.ipv4.ip_forward: "0"
      exec:
        - "ip address add 10.0.0.2/24 broadcast 10.0.0.255 dev eth0"
        - "ip link set dev eth0 down"
    lan:
      exec:
        - "ip link add name br0 address 02:00:00:ff:00:01 type bridge stp_state 0 mcast_snooping 1 mcast_querier 1"
        - "ip link set dev port0 master br0"
        - "ip link set dev port1 master br0"
        - "ip link set dev port1 down"
        - "ip link set dev br0 up"
  links:
    - type: veth
      endpoints:
        - node: a
          interface: eth0
          mac: "02:00:00:00:00:01"
        - node: lan
          interface: port0
          mac: "02:00:00:00:00:02"
      mtu: 9000
    - type: veth
      endpoints:
        - node: b
          interface: eth0
          mac: "02:00:00:00:00:03"
        - node: lan
          interface: port1
          mac: "02:00:00:00:00:04"
      mtu: 1500
`);
});

it('quotes names that a shell or YAML would take for something else', () => {
  const yaml = toContainerlab(
    planLab({
      hosts: { no: {}, b: {} },
      links: {
        x: [
          { node: 'no', interface: `a'"$` },
          { node: 'b', interface: '01' },
        ],
      },
    }),
  );
  expect(yaml).toContain('    "no":\n');
  expect(yaml).toContain(`dev 'a'\\\\''\\"$'"`);
  expect(yaml).toContain(`interface: "a'\\"$"`);
  expect(yaml).toContain('interface: "01"');
});

it('leaves out what would be empty, which the schema forbids', () => {
  expect(toContainerlab(planLab({ bridges: { lan: {} } }))).not.toContain('links');
  expect(toContainerlab(planLab({}))).toContain('  nodes: {}\n');
});

it('refuses names and images that cannot be', () => {
  expect(() => toContainerlab(planLab({}), { name: '-lab', image: '' })).toThrow(
    'toContainerlab: 2 mistakes:\n  - image must be a non-empty string, not ""\n  - name must be letters, digits, "_", "-" and ".", and begin with one of the first two; received "-lab"',
  );
});
