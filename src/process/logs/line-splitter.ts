import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is cut there: what floods a pipe without a line end must not fill the memory. */
const MAX_LINE_CHARACTERS = 1_048_576;

/** Bytes that come in pieces, told as lines: `\n` and `\r\n` end them, characters may lie across pieces. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #emit: (line: string) => void;
  #rest = '';

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  push(bytes: Buffer): void {
    this.#take(this.#decoder.write(bytes));
  }

  /** What has no line end is a line too. */
  end(): void {
    this.#take(this.#decoder.end());
    const rest = this.#rest;
    this.#rest = '';
    if (rest !== '') this.#emit(trimEnd(rest));
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#emit(trimEnd(line));
    while (this.#rest.length > MAX_LINE_CHARACTERS) {
      this.#emit(this.#rest.slice(0, MAX_LINE_CHARACTERS));
      this.#rest = this.#rest.slice(MAX_LINE_CHARACTERS);
    }
  }
}

function trimEnd(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
