import type { ByteSource } from "./byte-source.ts";
import type { ObjectStore } from "./object-store.ts";

/** A plain JSON value: what definitions, cursors and checkpoints are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** A connector: a datasheet, and what it can do. See docs/connector-guide.md. */
export interface Connector {
  /** AppFlow's `ConnectorType`, for example `S3`. */
  readonly type: string;
  /** The member that belongs to it in AppFlow's unions; AppFlow spells some of them unlike the type. */
  readonly key: string;
  readonly label: string;
  /** The vendor's page about what the connector reads or writes. */
  readonly docs: string;
  /** True when a flow must name a connector profile. */
  readonly needsProfile: boolean;
  readonly source?: Source;
  readonly destination?: FileDestination;
}

/** What an opened connection offers to a source or a destination. */
export interface Session {
  readonly objects: ObjectStore;
  readonly signal: AbortSignal;
}

export interface Source {
  /** Every problem with a flow's `sourceConnectorProperties` member of this connector; an empty list when it is fine. */
  check(settings: JsonObject): readonly Problem[];
  /** What messages and events call the object that is read, for example `s3://bucket/prefix`. */
  describeObject(settings: JsonObject): string;
  /**
   * The same settings, but leaving out what the flow itself writes to these places, so that no run reads what an
   * earlier one wrote. `check` refuses the result when nothing is left to read. Absent where the two cannot meet.
   */
  excluding?(settings: JsonObject, written: readonly WrittenPlace[]): JsonObject;
  /**
   * The pages from `cursor` on (undefined: from the start), in an order that does not change between calls.
   * Reading from a page's `next` repeats nothing and skips nothing; reading from its `at` gives the same page again.
   */
  read(session: Session, query: SourceQuery): AsyncGenerator<Page>;
}

/** Objects that a flow writes: all whose keys begin with the prefix. */
export interface WrittenPlace {
  readonly bucket: string;
  readonly prefix: string;
}

export interface SourceQuery {
  readonly settings: JsonObject;
  /** The fields that any task needs; undefined for all. A source may give more, never fewer. */
  readonly fields: readonly string[] | undefined;
  readonly cursor: Json | undefined;
}

/** Some records, as bytes in a known format or as the objects that a vendor's library made. */
export type Page = BytesPage | RecordsPage;

interface PageBase {
  /** The cursor that gives this page again. */
  readonly at: Json;
  /** Where to go on after it; null for "nothing left". */
  readonly next: Json | null;
}

export interface BytesPage extends PageBase {
  readonly body: ByteSource;
  readonly format: InputFormat;
}

export interface RecordsPage extends PageBase {
  readonly name: string;
  readonly records: readonly Readonly<Record<string, unknown>>[];
}

export type InputFormat =
  | { readonly type: "json" }
  | { readonly type: "csv"; readonly delimiter?: string }
  | { readonly type: "parquet" };

/** A destination to which the engine writes whole files. */
export interface FileDestination {
  readonly delivery: "append";
  check(settings: JsonObject): readonly Problem[];
  describeObject(settings: JsonObject): string;
  /** Which files to write, and where. Only called with settings that `check` found fine. */
  files(settings: JsonObject): FileTarget;
}

export interface FileTarget {
  readonly bucket: string;
  /** Without slashes at either end; may be empty. */
  readonly prefix: string;
  readonly format: "json" | "csv" | "parquet";
  /** Parquet only: keep types. Otherwise every Parquet column is a string. */
  readonly typed: boolean;
  readonly layout: FileLayout;
  readonly aggregation: "none" | "single-file";
  /** Start a new file when one has reached this size; undefined for no limit. */
  readonly targetFileBytes: number | undefined;
}

export interface FileLayout {
  readonly datePath: boolean;
  readonly granularity: "year" | "month" | "day" | "hour" | "minute" | undefined;
  readonly schemaVersionFolder: boolean;
  readonly executionFolder: boolean;
}

/** One thing that is wrong with a definition. All of them are reported at once. */
export interface Problem {
  /** Where: `tasks[2].taskProperties.MASK_LENGTH`. */
  readonly path: string;
  /** What is wrong, with the value. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
}
