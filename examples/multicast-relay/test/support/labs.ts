import { defineLab } from 'glovebox/netns';

/** One relay between a source and a sink: `eth0` is where packets come from, `eth1` where they go. */
export const oneHop = defineLab({
  hosts: { source: {}, relay: {}, sink: {} },
  links: { input: ['source', 'relay'], output: ['relay', 'sink'] },
});

/** The same with a switch on either side, which sends a group only where it was joined. */
export const switched = defineLab({
  hosts: { source: {}, relay: {}, sink: {} },
  bridges: { left: { multicastQuerier: true }, right: { multicastQuerier: true } },
  links: { input: ['source', 'left'], up: ['left', 'relay'], down: ['relay', 'right'], output: ['right', 'sink'] },
});

/** Two relays, one behind the other. */
export const twoHops = defineLab({
  hosts: { source: {}, first: {}, second: {}, sink: {} },
  links: { input: ['source', 'first'], between: ['first', 'second'], output: ['second', 'sink'] },
});

/** A relay with three interfaces to send from. */
export const threeWays = defineLab({
  hosts: { source: {}, relay: {}, left: {}, middle: {}, right: {} },
  links: { input: ['source', 'relay'], a: ['relay', 'left'], b: ['relay', 'middle'], c: ['relay', 'right'] },
});

/** A router between the relay and the sink. */
export const behindRouter = defineLab({
  hosts: { source: {}, relay: {}, sink: {} },
  routers: { router: {} },
  links: { input: ['source', 'relay'], middle: ['relay', 'router'], output: ['router', 'sink'] },
});
