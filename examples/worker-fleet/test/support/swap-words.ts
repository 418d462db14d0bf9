import type { Frame } from 'glovebox/netns';

/**
 * A frame of TCP in which two words of what it carries have changed places. The sum of its words is the same, and so is
 * the checksum: whoever is to notice has to look better than TCP does.
 *
 * @param pick draws a number from 0 to a limit, both included
 * @returns `undefined` for a frame that carries too little
 */
export function swapWords({ bytes, tcp, ip }: Frame, pick: (limit: number) => number): Uint8Array | undefined {
  if (tcp === undefined || ip === undefined) return undefined;
  const words = Math.floor((ip.endOffset - tcp.payloadOffset) / 2);
  if (words < 2) return undefined;
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  const at = (word: number): number => tcp.payloadOffset + 2 * word;
  const first = at(pick(words - 1));
  const value = view.getUint16(first);
  const others = Array.from({ length: words }, (_, word) => at(word)).filter(
    (place) => view.getUint16(place) !== value,
  );
  const second = others[pick(Math.max(0, others.length - 1))];
  if (second === undefined) return undefined;
  view.setUint16(first, view.getUint16(second));
  view.setUint16(second, value);
  return copy;
}
