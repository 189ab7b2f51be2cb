/** One or more diagrams below each other, drawn by chartSvg. */
export interface Chart {
  readonly title: string;
  /** For readers of the image who cannot see it. */
  readonly description: string;
  readonly panels: readonly Panel[];
}

export interface Panel {
  readonly title: string;
  /** What the axes measure, with the unit: `time in minutes`. */
  readonly x: string;
  readonly y: string;
  /** Drawn in this order; the same name has the same color in every panel. */
  readonly lines: readonly Line[];
  readonly rules: readonly Rule[];
}

export interface Line {
  readonly name: string;
  /** `step` keeps a value until the next point; `dots` are not connected. */
  readonly shape: 'line' | 'step' | 'dots';
  /** In order of x, except for dots. */
  readonly points: readonly Point[];
}

export interface Point {
  readonly x: number;
  /** undefined: unknown, a gap in the line. */
  readonly y: number | undefined;
}

/** A dashed line across the panel, at one value of an axis. */
export interface Rule {
  readonly axis: 'x' | 'y';
  readonly at: number;
  readonly label: string;
}
