// Run as a process of its own, to be killed: adopts the namespace of a process, whose number it is given, puts rules of
// firewalls there, and says so.
import process from 'node:process';
import { createLab } from '../../../../src/netns/lab/create-lab.js';

const lab = await createLab({
  hosts: { app: { netns: Number(process.argv[2]) }, client: {} },
  links: { cable: ['app', 'client'], slow: { ends: ['app', 'client'], impairable: true } },
});
lab.hosts.app.firewall.drop({ protocol: 'udp', port: 7 });
lab.hosts.app.firewall.reject({ protocol: 'tcp', port: 7 });
lab.links.cable.drop({ port: 8 });
lab.partition(['app'], ['client']);
console.log('ready');
setInterval(() => lab, 1000);
