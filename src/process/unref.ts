/** Lets this process end though a pipe to a child is open: Node's types do not say that such a stream can do that. */
export function unref(stream: unknown): void {
  if (typeof stream === 'object' && stream !== null && 'unref' in stream && typeof stream.unref === 'function')
    stream.unref();
}
