import { quote, UsageError } from '../../core/errors.js';
import type { FaultPlan } from '../../faults/plan.js';
import { WIRE_POINTS, type WireFrameCall } from '../wire/points.js';
import type { WireFrame } from '../wire/wire-frame.js';
import type { WireVerdict } from '../wire/wire-protocol.js';
import type { WireHandler } from '../wire/wire-switch.js';

/** Sends each frame through the point `wire.frame` of a plan: one that fails there is dropped. */
export function passThroughFaults(plan: FaultPlan, link: string, nodes: readonly [string, string]): WireHandler {
  const point = plan.point('wire.frame', WIRE_POINTS['wire.frame']);
  if (typeof point?.run !== 'function')
    throw new UsageError(
      `link ${quote(link)}.useFaults`,
      `give it a plan of faults, such as new FaultPlan(); received ${quote(plan)}`,
    );
  return async (frame) => {
    const call = describeFrame(frame, link, nodes);
    try {
      return await point.run(call, (): WireVerdict => 'pass');
    } catch {
      // What a fault injected; the plan has it in its record.
      return 'drop';
    }
  };
}

function describeFrame(frame: WireFrame, name: string, [a, b]: readonly [string, string]): WireFrameCall {
  const { direction, index, bytes, ip, tcp } = frame;
  const ports = tcp ?? frame.udp;
  return {
    name,
    direction,
    from: direction === 'aToB' ? a : b,
    to: direction === 'aToB' ? b : a,
    index,
    lengthBytes: bytes.length,
    protocol: findProtocol(frame),
    ...(ip === undefined ? {} : { source: ip.source, destination: ip.destination }),
    ...(ports === undefined ? {} : { sourcePort: ports.sourcePort, destinationPort: ports.destinationPort }),
    ...(tcp === undefined
      ? {}
      : {
          flags: [tcp.syn && 'S', tcp.ack && 'A', tcp.fin && 'F', tcp.rst && 'R', tcp.psh && 'P']
            .filter((flag) => flag !== false)
            .join(''),
        }),
  };
}

function findProtocol(frame: WireFrame): WireFrameCall['protocol'] {
  if (frame.tcp !== undefined) return 'tcp';
  if (frame.udp !== undefined) return 'udp';
  if (frame.icmp !== undefined) return 'icmp';
  if (frame.arp !== undefined) return 'arp';
  if (frame.ip === undefined) return 'other';
  return frame.ip.version === 4 ? 'ipv4' : 'ipv6';
}
