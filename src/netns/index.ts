export { Netns } from './netns.js';
export { PacketSocket, type PacketSocketOptions } from './packet-socket.js';
export { PrivateNetIfaceResolver } from './private-net-iface-resolver.js';
