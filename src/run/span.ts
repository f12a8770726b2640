/** What measures how long work takes, part by part, and shows it to whoever looks after the engine. */
export interface Span {
  /** Does work as a part of this, which is over when the work is. A part whose work fails has failed. */
  part<Result>(name: string, attributes: SpanAttributes, work: (span: Span) => Promise<Result>): Promise<Result>;
  /** Notes how it came out; with a failure, that it has failed. */
  note(attributes: SpanAttributes, failure?: string): void;
}

/** Never a record's values, or a secret. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** Measures nothing. */
export const UNTRACED: Span = {
  part: (_name, _attributes, work) => work(UNTRACED),
  note: () => undefined,
};
