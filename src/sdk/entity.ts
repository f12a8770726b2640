/** Something that a connector can read or write: an object, a table, a report. */
export interface Entity {
  /** Unambiguous: a nested entity's name begins with its parent's path. */
  readonly name: string;
  /** For people. */
  readonly label: string;
  /** True when it has entities itself, whether or not it can be read. */
  readonly hasNested: boolean;
}

export interface EntitiesQuery {
  /** Undefined for the entities at the top. */
  readonly path: string | undefined;
  /** From an earlier page; undefined for the first. */
  readonly next: string | undefined;
  readonly limit: number;
}

export interface EntityPage {
  /** What these entities are, for people: `Objects`, `Channels`. */
  readonly group: string;
  readonly entities: readonly Entity[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** A field of an entity. What is not known is absent. */
export interface EntityField {
  readonly name: string;
  readonly label?: string;
  readonly description?: string;
  /** In the system's own words: `picklist`, `datetime`. */
  readonly type: string;
  readonly isPrimaryKey?: boolean;
  readonly parent?: string;
  readonly isDeprecated?: boolean;
  readonly defaultValue?: string;
  /** AppFlow's names of the comparisons that a Filter task may make with it. */
  readonly filterOperators: readonly string[];
  readonly values?: readonly string[];
  readonly pattern?: string;
  readonly dateFormat?: string;
  readonly valueRange?: Range;
  readonly lengthRange?: Range;
  /** What else the connector tells, for people and for other connectors. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly source?: {
    readonly isRetrievable: boolean;
    readonly isQueryable: boolean;
    /** It can tell which records are new or changed since a time. */
    readonly isTimestamp: boolean;
  };
  readonly destination?: {
    readonly isCreatable: boolean;
    readonly isNullable: boolean;
    readonly isUpsertable: boolean;
    readonly isUpdatable: boolean;
    readonly isDefaultedOnCreate: boolean;
    /** AppFlow's names: INSERT, UPSERT, UPDATE, DELETE. */
    readonly writeOperations: readonly string[];
  };
}

/** Both ends belong to it. */
export interface Range {
  readonly minimum: number;
  readonly maximum: number;
}
