import { CLOSE_BRACKET, COMMA, OPEN_BRACKET } from "./ascii.ts";

/** Where between two records a decoder stands: what it has just read. */
export type Place =
  /** Nothing, or blanks. */
  | "start"
  /** Something of an object that is not an array: records follow each other with or without blanks between them. */
  | "lines"
  /** The `[` of the array that holds the records. */
  | "opened"
  /** A `,` of that array. */
  | "comma"
  /** A record of that array. */
  | "record"
  /** A rejected record of that array, up to a line end: whether a comma was in it is not known. */
  | "rejected"
  /** The `]` of that array. */
  | "closed";

export interface PlaceRules {
  /** The separators that may stand there, and the place behind each. */
  readonly separators: ReadonlyMap<number, Place>;
  /** What may stand there, for messages. */
  readonly expected: string;
  /** The place behind a record. */
  readonly afterRecord: Place;
  /** The place behind a record that is rejected up to a line end. */
  readonly afterRejected: Place;
}

export const PLACES: Readonly<Record<Place, PlaceRules>> = {
  start: {
    separators: new Map([[OPEN_BRACKET, "opened"]]),
    expected: "an object",
    afterRecord: "lines",
    afterRejected: "lines",
  },
  lines: {
    separators: new Map(),
    expected: "an object",
    afterRecord: "lines",
    afterRejected: "lines",
  },
  opened: {
    separators: new Map([[CLOSE_BRACKET, "closed"]]),
    expected: "an object or `]`",
    afterRecord: "record",
    afterRejected: "rejected",
  },
  comma: {
    separators: new Map(),
    expected: "an object",
    afterRecord: "record",
    afterRejected: "rejected",
  },
  record: {
    separators: new Map([
      [COMMA, "comma"],
      [CLOSE_BRACKET, "closed"],
    ]),
    expected: "`,` or `]`",
    afterRecord: "record",
    afterRejected: "rejected",
  },
  rejected: {
    separators: new Map([
      [COMMA, "comma"],
      [CLOSE_BRACKET, "closed"],
    ]),
    expected: "an object, `,` or `]`",
    afterRecord: "record",
    afterRejected: "rejected",
  },
  closed: {
    separators: new Map(),
    expected: "nothing behind the closing `]`",
    afterRecord: "closed",
    afterRejected: "closed",
  },
};

/** True where the array that holds the records still needs its `]`. Behind a rejected record that has been said already. */
export function isUnclosed(place: Place): boolean {
  return place === "opened" || place === "comma" || place === "record";
}
