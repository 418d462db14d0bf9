// Builds a lab in the namespace of a process, says so, and waits to be killed.
import { createLab } from '../../../../src/netns/lab/create-lab.js';

const netns = Number(process.argv[2]);
const lab = await createLab({
  hosts: { app: { netns }, a: {}, b: {}, c: {} },
  bridges: { lan: {} },
  links: {
    plain: ['app', 'a'],
    port: ['app', 'lan'],
    wired: { ends: ['app', 'b'], wire: true },
    guest: { ends: ['app', 'c'], macvlan: { over: 'below' } },
    below: ['c', 'b'],
  },
});
console.log('ready', lab.hosts.app.address);
setInterval(() => {}, 1000);
