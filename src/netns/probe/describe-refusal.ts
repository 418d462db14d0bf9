/** Why the kernel would not send, in words. */
export function describeRefusal(code: string): string {
  const words: Readonly<Record<string, string>> = {
    ENETUNREACH: 'no route leads there',
    EHOSTUNREACH: 'nobody on the link answers for the next hop',
    EPERM: 'the firewall of the sender refuses it',
    EACCES: 'a route prohibits it',
    EINVAL: 'a route throws it away',
    ENETDOWN: 'the interface is down',
    ECONNREFUSED: 'nobody listens there',
    ECONNRESET: 'the connection was reset',
  };
  return `${words[code] ?? 'the kernel refuses'} (${code})`;
}
