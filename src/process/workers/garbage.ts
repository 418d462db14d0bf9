/** Bytes that are no message in any framing that checks anything: no JSON, no length that is allowed. */
export const GARBAGE: Uint8Array = Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x22, 0x0a, 0xff, 0xff, 0xff, 0xff, 0x0a]);
