/**
 * The notation for AppFlow's wire shapes. A shape is data: it serves the leniency towards old spellings (tolerate.ts),
 * the checks (validate.ts) and, through `InputOf`, the TypeScript type of a request.
 */
export type Shape = StringShape | IntegerShape | BooleanShape | TimestampShape | ListShape | MapShape | StructureShape;

export interface StringShape<Value extends string = string> {
  readonly kind: "string";
  /** Lengths count UTF-16 units, as the service does. */
  readonly min?: number;
  readonly max?: number;
  /** Must match the whole value. */
  readonly pattern?: RegExp;
  /** The only values there are. */
  readonly values?: readonly Value[];
  /** Never shown, not even to whoever sent it. */
  readonly secret?: true;
}

export interface IntegerShape {
  readonly kind: "integer";
  readonly min?: number;
  readonly max?: number;
}

export interface BooleanShape {
  readonly kind: "boolean";
}

/** Seconds since 1970, with or without a fraction. */
export interface TimestampShape {
  readonly kind: "timestamp";
}

export interface ListShape<Item extends Shape = Shape> {
  readonly kind: "list";
  readonly item: Item;
  readonly max?: number;
}

export interface MapShape<Key extends StringShape = StringShape, Value extends Shape = Shape> {
  readonly kind: "map";
  readonly key: Key;
  readonly value: Value;
  readonly max?: number;
}

export interface StructureShape<Members extends MemberNotation = MemberNotation> {
  readonly kind: "structure";
  readonly members: ReadonlyMap<string, Member>;
  /** A structure whose members are alternatives, one for each connector. Their names are matched without regard to case. */
  readonly union: boolean;
  /** Other spellings of members. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Only there for the type system: the notation that the members were made from. */
  readonly notation: Members;
}

export interface Member {
  readonly shape: Shape;
  readonly required: boolean;
}

/** Members by name; a name that ends in `!` marks a required member. */
export interface MemberNotation {
  readonly [name: string]: Shape;
}

/** The type of a request that has this shape. */
export type InputOf<S extends Shape> =
  S extends StringShape<infer Value>
    ? Value
    : S extends IntegerShape | TimestampShape
      ? number
      : S extends BooleanShape
        ? boolean
        : S extends ListShape<infer Item>
          ? readonly InputOf<Item>[]
          : S extends MapShape<infer Key, infer Value>
            ? { readonly [name in InputOf<Key>]?: InputOf<Value> }
            : S extends StructureShape<infer Members>
              ? InputOfMembers<Members>
              : never;

type InputOfMembers<Members extends MemberNotation> = {
  readonly [Name in keyof Members as Name extends `${infer Required}!` ? Required : never]: InputOf<Members[Name]>;
} & {
  readonly [Name in keyof Members as Name extends `${string}!` ? never : Name]?: InputOf<Members[Name]>;
};

interface StringLimits {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
}

export function string({ pattern, ...lengths }: StringLimits): StringShape {
  return { kind: "string", ...lengths, ...(pattern !== undefined && { pattern: new RegExp(`^(?:${pattern})$`, "u") }) };
}

export function secret(limits: StringLimits): StringShape {
  return { ...string(limits), secret: true };
}

export function oneOf<const Value extends string>(...values: readonly Value[]): StringShape<Value> {
  return { kind: "string", values };
}

export function integer(min?: number, max?: number): IntegerShape {
  return { kind: "integer", ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

export const boolean: BooleanShape = { kind: "boolean" };
export const timestamp: TimestampShape = { kind: "timestamp" };

export function list<Item extends Shape>(item: Item, max?: number): ListShape<Item> {
  return { kind: "list", item, ...(max !== undefined && { max }) };
}

export function map<Key extends StringShape, Value extends Shape>(
  key: Key,
  value: Value,
  max?: number,
): MapShape<Key, Value> {
  return { kind: "map", key, value, ...(max !== undefined && { max }) };
}

export function structure<const Members extends MemberNotation>(
  notation: Members,
  aliases: Readonly<Record<string, string>> = {},
): StructureShape<Members> {
  const members = Object.entries(notation).map(([name, shape]): [string, Member] =>
    name.endsWith("!") ? [name.slice(0, -1), { shape, required: true }] : [name, { shape, required: false }],
  );
  return {
    kind: "structure",
    members: new Map(members),
    union: false,
    aliases: new Map(Object.entries(aliases)),
    notation,
  };
}

export function union<const Members extends MemberNotation>(
  notation: Members,
  aliases: Readonly<Record<string, string>> = {},
): StructureShape<Members> {
  return { ...structure(notation, aliases), union: true };
}
