export { Netns } from './netns.js';
export { PrivateNetIfaceResolver } from './private-net-iface-resolver.js';
