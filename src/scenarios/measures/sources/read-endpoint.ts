/** Gets what is at an address; the global `fetch` does, and that of a host of a lab. */
export type Fetch = (
  url: string,
  options: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
) => Promise<FetchedAnswer>;

/** What is used of a response. */
export interface FetchedAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** What an endpoint answered, as far as it was read. */
export interface EndpointAnswer {
  readonly status: number;
  /** Empty where it says nothing. */
  readonly contentType: string;
  readonly text: string;
  /** There was more than was read. */
  readonly isCut: boolean;
}

/** Both formats that are read here; the simpler one rather. */
const ACCEPTED = 'text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.8';

/** Reads an endpoint, but no more than so many bytes of it. */
export async function readEndpoint(
  url: string,
  options: {
    readonly fetch: Fetch;
    readonly headers: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
    readonly limitBytes: number;
  },
): Promise<EndpointAnswer> {
  const { fetch, headers, signal, limitBytes } = options;
  const answer = await fetch(url, { headers: { accept: ACCEPTED, ...headers }, signal });
  const chunks: Uint8Array[] = [];
  let size = 0;
  // To leave the loop closes the connection: what has no end is not read to it.
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limitBytes) break;
  }
  const text = new TextDecoder().decode(Buffer.concat(chunks).subarray(0, limitBytes));
  return {
    status: answer.status,
    contentType: answer.headers.get('content-type') ?? '',
    text,
    isCut: size > limitBytes,
  };
}
