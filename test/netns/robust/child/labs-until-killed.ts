// Run as a process of its own: makes labs, uses them and removes them, again and again, until it is killed.
import { writeSync } from 'node:fs';
import { createLab } from '../../../../src/netns/lab/create-lab.js';

/** Where it is: the parent kills it in every phase. */
const say = (phase: string): number => writeSync(1, `${phase}\n`);

for (;;) {
  say('set-up');
  const lab = await createLab({
    hosts: { left: {}, right: {}, third: {} },
    bridges: { lan: {} },
    links: { a: ['left', 'lan'], b: ['right', 'lan'], wire: { ends: ['right', 'third'], wire: true } },
  });
  const { left, right, third } = lab.hosts;
  say('use');
  right.serve((_request, response) => response.end('hello'), { port: 80, host: '0.0.0.0' });
  await (await left.fetch('http://right/')).text();
  const child = third.spawn('sh', ['-c', '(setsid sleep 1000 &) ; sleep 1000'], { stdio: 'ignore' });
  void left.$`sleep 1000`.nothrow();
  await new Promise((resolve) => child.once('spawn', resolve));
  lab.partition(['left'], ['right']);
  say('teardown');
  await lab[Symbol.asyncDispose]();
}
