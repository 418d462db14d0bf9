/** What went over all connections of one end. */
export class Traffic {
  messagesSent = 0;
  messagesReceived = 0;
  /** Sent again, as they were not acknowledged before a connection ended. */
  resent = 0;
  /** That had come before. */
  duplicates = 0;
  /** Frames that were not as they were sealed. */
  corrupted = 0;
  /** Bytes of messages, both ways. */
  plainBytes = 0;
  /** Bytes of the same messages as they were sent, without seals. */
  wireBytes = 0;

  /** How many times smaller messages are on their way; 1 before the first. */
  get compressionRatio(): number {
    return this.wireBytes === 0 ? 1 : this.plainBytes / this.wireBytes;
  }
}
