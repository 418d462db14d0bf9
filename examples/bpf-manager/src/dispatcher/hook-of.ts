import type { Context } from '../context.js';
import type { Device, DispatcherKey } from '../model.js';
import type { Hook } from './hook.js';
import { TcHook } from './tc-hook.js';
import { XdpHook } from './xdp-hook.js';

/** The hook that a dispatcher sits on. */
export function hookOf(context: Context, key: DispatcherKey, device: Device): Hook {
  return key.kind === 'xdp' ? new XdpHook(context, key, device) : new TcHook(context, key.kind, device);
}
