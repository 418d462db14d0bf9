export type * from './attach.js';
export type * from './contract.js';
export type * from './interfaces.js';
export * from './objects.js';
export * from './points.js';
export type * from './snapshot.js';
export { SystemNetIfaceResolver } from './system-interfaces.js';
