import { EventEmitter } from 'node:events';
import type TypedEmitterModule from 'typed-emitter';

export type TypedEmitter<Events extends Record<string, (...args: never[]) => void>> = TypedEmitterModule<Events>;
export type X = TypedEmitterModule.default<{ a: (x: number) => void }>;
