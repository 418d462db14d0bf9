/** Something over time, drawn: plain data, as the page carries it. */
export interface Plot {
  /** Unique on a page. */
  readonly id: string;
  readonly title: string;
  /** Of the values, after scaling. */
  readonly unit: string;
  /** A logarithmic axis: the largest values are many times the usual ones. */
  readonly isLogarithmic: boolean;
  /** In seconds of the run. */
  readonly at: readonly number[];
  readonly lines: readonly PlotLine[];
  readonly shades: readonly PlotShade[];
  /** The whole run, so that plots of one scenario have one axis. */
  readonly untilSeconds: number;
  /** What is left out, if something is. */
  readonly note?: string;
}

export interface PlotLine {
  readonly label: string;
  /** As many as there are times; `null` where this line has no value. */
  readonly values: readonly (number | null)[];
  /** Drawn with gaps, so that what lies below it is seen. */
  readonly isDashed?: boolean;
}

/** A disruption, shaded; without an end it is a line. */
export interface PlotShade {
  readonly from: number;
  readonly until?: number;
}
