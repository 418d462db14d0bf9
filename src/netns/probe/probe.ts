import { randomSeed } from '../../core/random.js';
import { RealClock } from '../../core/real-clock.js';
import type { Inside } from '../inside.js';
import { resolveHost } from '../sockets/host-table.js';
import { IcmpEcho } from './icmp-echo.js';
import { checkProbe, type ProbeHost, type ProbeOptions, type ProbeResult, type Prober } from './probe-options.js';
import { probeTcp } from './tcp-probe.js';
import { probeUdp } from './udp-probe.js';

const RESEND_MS = 50;
const LOOK_MS = 1;

/**
 * @internal Tries to reach an address or a host from within a namespace, again and again until it answers.
 *
 * @throws UsageError @throws KernelError EADDRINUSE for a port of UDP that is taken
 */
export async function probe(
  inside: Inside,
  target: string | ProbeHost,
  options: ProbeOptions = {},
): Promise<ProbeResult> {
  checkProbe(target, options);
  const { protocol = 'icmp', timeoutMs = 1000 } = options;
  const address = typeof target === 'string' ? resolveHost('probe', target, inside.hosts) : target.address;
  const clock = new RealClock();
  await using prober = createProber(inside, address, target, options);
  const started = clock.now();
  let sentAt = started;
  let sent = 0;
  let reason: string | undefined;
  for (;;) {
    const now = clock.now();
    if (sent === 0 || (now - sentAt >= RESEND_MS && now - started < timeoutMs)) {
      sentAt = now;
      sent += 1;
      reason = prober.send() ?? reason;
    }
    const answer = prober.look();
    const elapsedMs = clock.now() - sentAt;
    if (answer?.kind === 'reply') return { reached: true, protocol, address, sent, elapsedMs, reason: undefined };
    reason = answer?.reason ?? reason;
    if (clock.now() - started >= timeoutMs) return { reached: false, protocol, address, sent, elapsedMs, reason };
    await clock.sleep(LOOK_MS);
  }
}

function createProber(
  inside: Inside,
  address: string,
  target: string | ProbeHost,
  { protocol, port }: ProbeOptions,
): Prober {
  if (protocol === 'tcp') return probeTcp(inside, address, target, port);
  if (protocol === 'udp') return probeUdp(inside, address, target, port);
  const echo = new IcmpEcho(inside, address, randomSeed());
  return {
    send: () => echo.send(),
    look: () => echo.receive(),
    [Symbol.asyncDispose]: async () => echo[Symbol.dispose](),
  };
}
