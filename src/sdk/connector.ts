import type { DecoderPosition } from "../batch/batch.ts";
import type { FieldType } from "../batch/field-type.ts";
import type { ByteSource } from "./byte-source.ts";
import type { EntitiesQuery, EntityField, EntityPage } from "./entity.ts";
import type { Filter } from "./filter.ts";
import type { Connection } from "./http/connection.ts";
import type { Json, JsonObject } from "./json.ts";
import type { ObjectStore } from "./object-store.ts";
import type { Problem } from "./problem.ts";
import type { ProfileSheet } from "./profile-sheet.ts";

/** A connector: a datasheet, and what it can do. See docs/connector-guide.md. */
export interface Connector {
  /** AppFlow's `ConnectorType`, for example `S3`. */
  readonly type: string;
  /** The member that belongs to it in AppFlow's unions; AppFlow spells some of them unlike the type. */
  readonly key: string;
  readonly label: string;
  /** The vendor's page about what the connector reads or writes. */
  readonly docs: string;
  /** True of the connector that stands for all those which people register: what it can do, each of them tells itself. */
  readonly registered?: true;
  /** How it is connected to. Absent where whoever runs the engine has the access: then flows name no profile. */
  readonly profile?: ProfileSheet;
  /** True when AppFlow offers private connections to it. */
  readonly privateConnections?: boolean;
  /** What DescribeConnector tells as the connector's own metadata. */
  readonly metadata?: JsonObject;
  readonly source?: Source;
  readonly destination?: Destination;
}

/** What an opened connection offers to a source or a destination. */
export interface Session {
  readonly objects: ObjectStore;
  /** The system, through the flow's profile. */
  readonly connection: Connection;
  readonly signal: AbortSignal;
}

/** What an opened connection offers to whoever looks around in a system. */
export interface BrowseSession extends Session {
  /**
   * The fields of the first records of these pages: in the order first seen, with the narrowest type that holds the
   * values exactly; undefined where that is text.
   */
  sample(pages: readonly Page[]): Promise<readonly SampledField[]>;
}

/** What an opened connection offers to a source that divides itself. */
export interface SplitSession extends Session {
  /**
   * Divides a page into sections of about that many bytes as they are stored, or a little more, in their order. Each record is
   * in exactly one of them: the one in which its first byte lies. CSV is read for it once, and so is JSON that does not tell by
   * its lines where records begin; compressed text is one section.
   */
  divide(page: BytesPage, sectionBytes: number): AsyncIterable<PageSection>;
  /** Whether an earlier incremental run has delivered it, as far as the source's lookback reaches. */
  isDelivered(version: PageVersion): boolean;
}

export interface SampledField {
  readonly name: string;
  readonly type: FieldType | undefined;
}

export type TriggerType = "on-demand" | "scheduled" | "event";

export interface Source {
  /**
   * Set where AppFlow has no such source: the member of its unions that flows give in its place. A strict engine refuses
   * them.
   */
  readonly borrows?: string;
  /** What can make a flow run that reads from it. */
  readonly triggers: readonly TriggerType[];
  /** The shortest interval of a schedule that AppFlow documents, in minutes. */
  readonly minimumMinutes: number;
  /**
   * The ConnectorTypes that AppFlow documents as its destinations; absent where it documents none. It is told, not
   * enforced: AppFlow's lists are of what it sells.
   */
  readonly destinations?: readonly string[];
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
   * The entities that can be read, page by page; `path` is that of an entity which has entities itself. Absent where the
   * connector cannot tell.
   */
  entities?(session: BrowseSession, query: EntitiesQuery): Promise<EntityPage>;
  /** The fields of an entity; undefined when there is no such entity. */
  describe?(session: BrowseSession, entity: string): Promise<readonly EntityField[] | undefined>;
  /**
   * The fields that records can have, and what values are as types, for outputs whose columns must be known before the first
   * record. Only where the system itself tells of all of them: a field that is not told of is not written, and a value that
   * does not fit its type is rejected. Absent, or undefined of an object: all is read once more, and first, to learn it.
   */
  fields?(session: Session, settings: JsonObject): Promise<readonly SampledField[] | undefined>;
  /** What incremental runs need to know; absent where every run reads everything. */
  readonly incremental?: IncrementalSource;
  /** Of a source with the trigger `event`: which events a flow gets, and what of them is a record. */
  events?(settings: JsonObject): EventSubscription;
  /**
   * Divides what a run reads into slices, in the order in which their records are wanted. Each is read apart from the
   * others, at any time during the run and more than once, by any process. What they are depends on the source alone, never
   * on how many are read at once. Called once in a run; absent: all is one slice.
   */
  split?(session: SplitSession, query: SplitQuery): AsyncIterable<Json>;
  /** Absent where this engine keeps the flows of a connector but cannot carry them out: their runs fail, and say so. */
  read?(session: Session, query: SourceQuery): AsyncGenerator<Page>;
}

/** What a flow wants of the events on a bus of EventBridge. A `*` in a text stands for any characters. */
export interface EventSubscription {
  /** The event's `source`. */
  readonly source: string;
  /** Its `detail-type`; absent for any. */
  readonly detailType?: string;
  /** Where in the event its record is: an object within an object, as far as they are there. Empty: the event itself. */
  readonly record: readonly string[];
}

/**
 * How a source tells what is new. A run reads what has a time after the run before it, up to the source's clock less the
 * lag. Each window reaches back by the lookback, and what was delivered before is left out, so nothing is lost or doubled that
 * can be seen no later than lookback and lag together, less a millisecond, after the time that it has.
 */
export interface IncrementalSource {
  readonly lookbackMs: number;
  readonly lagMs: number;
  /** Milliseconds since 1970 by the source's own clock; absent where it has none: ours is taken then, and distrusted. */
  clock?(session: Session, settings: JsonObject): Promise<number>;
  /**
   * The fields by which each version of each record is known; `timeField` is what the flow says decides. Absent, or undefined
   * of an object, where each page is one version and says so itself, or where what is read is the window to the record: then
   * all of it is delivered.
   */
  versions?(settings: JsonObject, timeField: string | undefined): VersionFields | undefined;
}

/** A record with another version is to be delivered again; its time says in which window it is. */
export interface VersionFields {
  readonly key: string;
  readonly version: string;
  /** A date, an instant in ISO 8601, or milliseconds since 1970. */
  readonly time: string;
  /** True where numbers are seconds since 1970, not milliseconds. */
  readonly inSeconds?: true;
}

/** A source that this engine can read. */
export interface ReadableSource extends Source {
  /**
   * The pages of a slice from `cursor` on (undefined: from the start), in an order that does not change between calls.
   * Reading from a page's `next` repeats nothing and skips nothing; reading from its `at` gives the same page again.
   */
  read(session: Session, query: SourceQuery): AsyncGenerator<Page>;
}

/** Objects that a flow writes: all whose keys begin with the prefix. */
export interface WrittenPlace {
  readonly bucket: string;
  readonly prefix: string;
}

export interface SplitQuery {
  readonly settings: JsonObject;
  /** The fields that any task needs; undefined for all. A source may give more, never fewer. */
  readonly fields: readonly string[] | undefined;
  /** Only what has a time in it is to be read; absent for everything. */
  readonly window?: TimeWindow | undefined;
  /**
   * What the flow keeps; a record has to pass all of them. They are the engine's business: a source may leave out records
   * that do not pass, as far as its system can tell, and no others.
   */
  readonly filters?: readonly Filter[] | undefined;
}

/** Times after `after`, up to and at `to`, in milliseconds since 1970 by the source's clock. */
export interface TimeWindow {
  readonly after: number;
  readonly to: number;
  /** The field that the flow says decides. */
  readonly field?: string | undefined;
}

export interface SourceQuery extends SplitQuery {
  /** One of those that `split` gave; null for everything. */
  readonly slice: Json;
  readonly cursor: Json | undefined;
}

/** Some records, as bytes in a known format or as the objects that a vendor's library made. */
export type Page = BytesPage | RecordsPage;

interface PageBase {
  /** The cursor that gives this page again. */
  readonly at: Json;
  /** Where to go on after it; null for "nothing left". */
  readonly next: Json | null;
  /** Which version of what it is, where each page is one: read to its end, it counts as delivered. */
  readonly version?: PageVersion;
}

export interface PageVersion {
  /** No other version, of whatever, has this name. */
  readonly name: string;
  /** Milliseconds since 1970 by the source's clock. */
  readonly time: number;
}

export interface BytesPage extends PageBase {
  readonly body: ByteSource;
  readonly format: InputFormat;
  /** Only what is within it belongs to the page; absent for all. */
  readonly section?: PageSection;
  /** True of an answer that is a piece of something: no file ends with it, so none ends with it at the destination. */
  readonly isPiece?: true;
}

/** The part of an object between two places where a record begins. A plain JSON value that only the engine understands. */
export interface PageSection {
  /** Absent: the object's start. */
  readonly from?: DecoderPosition;
  /** Absent: the object's end. */
  readonly to?: DecoderPosition;
}

export interface RecordsPage extends PageBase {
  readonly name: string;
  readonly records: readonly Readonly<Record<string, unknown>>[];
}

export type InputFormat =
  | { readonly type: "json" }
  | { readonly type: "csv"; readonly delimiter?: string }
  | { readonly type: "parquet" };

export interface Destination {
  /** `append`: the engine adds whole files, or records; `write`: the flow says how records meet those that are there. */
  readonly delivery: "append" | "write";
  /** The triggers of flows that may write to it; absent for all. */
  readonly triggers?: readonly TriggerType[];
  /** AppFlow's names of how records can be written, the default first; absent where a flow has no choice. */
  readonly writeOperations?: readonly string[];
  /** True where `errorHandlingConfig` of a flow says what becomes of rejected records. */
  readonly errorHandling?: true;
  /** Every problem with a flow's `destinationConnectorProperties` member of this connector. */
  check(settings: JsonObject): readonly Problem[];
  describeObject(settings: JsonObject): string;
  /** Absent where this engine keeps the flows of a connector but cannot carry them out: their runs fail, and say so. */
  files?(settings: JsonObject): FileTarget;
}

/** A destination to which the engine writes whole files. */
export interface FileDestination extends Destination {
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
