export type * from './core/clock.js';
export * from './core/errno.js';
