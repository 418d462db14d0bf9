export { Netns } from './netns.js';
export { type PrivateInterfaceOptions, PrivateNetIfaceResolver } from './private-net-iface-resolver.js';
